"""Amounts of money as they are shown and spoken: ``¥268``, ``$24``, ``$24.50``."""

from __future__ import annotations

from decimal import Decimal

SIGNS = {
    "CNY": "¥", "RMB": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$",
    "TWD": "NT$", "AUD": "A$", "CAD": "C$", "SGD": "S$", "KRW": "₩", "INR": "₹", "THB": "฿",
}


def sign(currency: str) -> str:
    """The currency's sign, or its code and a space where it has none we know."""
    return SIGNS.get(currency.upper(), f"{currency.upper()} ")


def money(amount: Decimal, currency: str) -> str:
    """The amount with its sign; cents only when there are any."""
    whole = amount == amount.to_integral_value()
    return f"{sign(currency)}{amount:.0f}" if whole else f"{sign(currency)}{amount:.2f}"
