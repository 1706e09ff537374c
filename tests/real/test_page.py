"""The pages in a real Chromium, against a front door with fake rooms.

Video is real WebRTC: a second tab draws a canvas and answers the player's offers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from streaming.web import server
from tests.fakes.room import FakeRoom
from tests.real import browser

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _needs_chromium() -> None:
    browser.require()


@dataclass
class Stand:
    door: server.FrontDoor
    chromium: browser.Chromium
    rooms: dict[str, FakeRoom]

    async def page(self, path: str, **options: Any) -> browser.Page:
        """Open a page, and wait until the room is on it."""
        page = await self.chromium.open(self.door.url + path, **options)
        ready = (
            "document.querySelector('.messages .said')"
            if path.startswith("/rooms/")
            else "document.querySelector('.stall')"
        )
        await page.until(f"{ready} !== null")
        return page


@asynccontextmanager
async def stand(**sizes: tuple[int, int]) -> AsyncIterator[Stand]:
    rooms = {"home-en": FakeRoom("home-en", "en"), "tea-zh": FakeRoom("tea-zh", "zh")}
    for name, size in sizes.items():
        rooms[name] = FakeRoom(name, "en", size=size)
    for room in rooms.values():
        room.video = True  # an answer that connects to nothing: no error in the console
    door = server.create(rooms, port=0)
    await door.start()
    try:
        async with browser.launch("--disable-features=WebRtcHideLocalIpsWithMdns") as chromium:
            yield Stand(door, chromium, rooms)
    finally:
        await door.close()


CAMERA = """
(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 180, height: 320 });
  const brush = canvas.getContext("2d");
  let n = 0;
  setInterval(() => { brush.fillStyle = n++ % 2 ? "#246" : "#642"; brush.fillRect(0, 0, 180, 320); }, 40);
  const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
  window.peers = [];
  window.answer = async (sdp) => {
    const peer = new RTCPeerConnection();
    window.peers.push(peer);
    await peer.setRemoteDescription({ type: "offer", sdp });
    const stream = canvas.captureStream(25);
    peer.addTrack(stream.getVideoTracks()[0], stream);
    if (sdp.includes("m=audio")) peer.addTrack(sound, stream);
    await peer.setLocalDescription(await peer.createAnswer());
    while (peer.iceGatheringState !== "complete") await new Promise((done) => setTimeout(done, 20));
    return peer.localDescription.sdp;
  };
})()
"""


async def film(s: Stand, room: str) -> browser.Page:
    """Give a room real video."""
    camera = await s.chromium.open(s.door.url + "/healthz")
    await camera.eval(CAMERA)

    async def answer(sdp: str) -> str:
        return str(await camera.eval(f"window.answer({json.dumps(sdp)})"))

    s.rooms[room].answer_offer = answer
    return camera


async def text(page: browser.Page, selector: str) -> str:
    return str(await page.eval(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))


# --- what is on it -------------------------------------------------------------------------------


async def test_an_english_room_for_an_english_viewer() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        assert await page.eval("document.documentElement.lang") == "en"
        assert await page.eval("document.title") == "Evening edit · Nightmarket"
        assert (
            await text(page, ".host-note")
            == "June is AI-generated and speaks only from the shop’s catalogue."
        )
        assert await text(page, ".pinned .product-name") == "Juniper Vacuum Flask"
        assert await text(page, ".pinned .price") == "$24.00"
        assert await text(page, ".pinned .stock") == "23 in stock"
        assert await page.eval("document.querySelector('.pinned .buy').href") == "https://shop.example/flask"
        assert await page.eval("[...document.querySelectorAll('.rows li')].map((row) => row.className)") == [
            "next", "later", "later", "gone",
        ]  # fmt: skip
        assert (await text(page, ".answer.spoken .verdict")).startswith(
            "Answered on air "
        )  # its clock is far back
        assert page.console == []


async def test_a_room_is_shown_in_its_own_language_until_the_viewer_chooses() -> None:
    async with stand() as s:
        page = await s.page("/rooms/tea-zh", language="en-US")
        assert await page.eval("document.documentElement.lang") == "zh-Hans"
        assert await text(page, ".host-note") == "小梅是AI生成的虚拟主播，只按店铺的商品目录说话。"
        await page.click('.top [data-language="en"]')
        assert (
            await text(page, ".host-note")
            == "小梅 is AI-generated and speaks only from the shop’s catalogue."
        )
        await page.go(s.door.url + "/rooms/tea-zh")
        await page.until("document.querySelector('.host-note').innerText !== ''")
        assert await page.eval("document.documentElement.lang") == "en"
        assert page.console == []


async def test_the_list_of_rooms_in_both_languages() -> None:
    async with stand() as s:
        page = await s.page("/", language="zh-CN")
        assert await text(page, "h1") == "两个摊位开着"
        await page.click('[data-language="en"]')
        assert await text(page, "h1") == "Two stalls are open"
        assert await page.eval("[...document.querySelectorAll('.stall h2')].map((one) => one.innerText)") == [
            "Juniper & Oak", "静山茶社",
        ]  # fmt: skip
        await page.eval("document.querySelector('#search').focus()")
        await page.type("壶")
        assert await page.until("document.querySelectorAll('.find').length === 1")
        assert await text(page, ".find b") == "西施紫砂壶"
        assert page.console == []


async def test_nothing_is_wider_than_the_screen() -> None:
    async with stand(wide=(1280, 720)) as s:
        for path in ("/", "/rooms/home-en", "/rooms/tea-zh", "/rooms/wide"):
            page = await s.page(path)
            for width in (320, 390, 699, 700, 820, 1024, 1100, 1280, 1440, 1920):
                await page.shape(width, 800)
                assert await page.eval("document.documentElement.scrollWidth") <= width, (path, width)
            await page.close()


async def test_no_request_leaves_the_server() -> None:
    async with stand() as s:
        for path in ("/", "/rooms/home-en"):
            page = await s.page(path, dark=True)
            hosts = {
                address.split("/")[2] for address in page.asked if not address.startswith(("data:", "blob:"))
            }
            assert hosts == {s.door.url.removeprefix("http://")}


CONTRAST = """
(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.7) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const words = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (!words || !node.getClientRects().length || node.closest(".unseen, .skip, noscript, .veil, .frame")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${node.className || node.tagName} ${node.textContent.trim()} ${ratio.toFixed(2)}`);
  }
  return poor;
})()
"""


@pytest.mark.parametrize("dark", [False, True])
async def test_words_stand_out_from_their_ground(dark: bool) -> None:
    async with stand() as s:
        for path, width in (("/", 1440), ("/rooms/home-en", 1440), ("/rooms/tea-zh", 390)):
            page = await s.page(path, width=width, dark=dark, still=True)
            s.rooms["home-en"].say("One two three four five six.")
            assert await page.eval(CONTRAST) == [], path
            await page.close()


# --- chat ----------------------------------------------------------------------------------------


async def test_a_message_appears_once_and_as_text() -> None:
    attack = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        await page.click(".me")
        await page.type("<b>Lily</b>")
        await page.press("Enter")
        await page.type(attack)
        await page.press("Enter")
        await page.until("document.querySelector('.said.mine:not(.pending)') !== null")
        shown = "[...document.querySelectorAll('.said .text')].map((one) => one.innerText)"
        assert (await page.eval(shown)).count(attack) == 1
        assert await text(page, ".said.mine .who") == "<b>Lily</b>"
        assert (
            await page.eval(
                "document.querySelectorAll('.messages img, .messages script, .messages b b').length"
            )
            == 0
        )
        assert await page.eval("window.hurt") is None
        assert s.rooms["home-en"].heard == [("<b>Lily</b>", attack, "web")]
        assert page.console == []


async def test_names_of_products_and_answers_are_text_too() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        s.rooms["home-en"].change("flask", name="<i>x</i>", url="javascript:window.hurt=1")
        s.rooms["home-en"].answer("c1", "written", "<u>y</u>")
        s.rooms["home-en"].say("<s>z</s> is said")
        await page.until("document.querySelector('.lines').innerText.includes('<s>z</s>')")
        assert await text(page, ".pinned .product-name") == "<i>x</i>"
        assert await page.eval("document.querySelector('.pinned .buy').hidden")
        assert await page.eval("document.querySelectorAll('main i, main u, .lines s').length") == 0


async def test_an_answer_goes_from_the_queue_to_the_air_to_done() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        room = s.rooms["home-en"]
        await page.click("#say")
        await page.type("How wide is it?")
        await page.press("Enter")
        await page.until("document.querySelector('.said.mine:not(.pending)') !== null")
        for status, words in (("queued", "In line for an answer"), ("speaking", "Being answered now")):
            room.answer("c8", status, "7.2 cm")
            await page.until(f"document.querySelector('.mine .answer.{status}') !== null")
            assert (await text(page, ".mine .verdict")) == words
        room.send({"event": "segment", "id": "s2", "kind": "talk", "product": "mug"})
        await page.until("document.querySelector('.mine .answer.spoken') !== null")
        assert (await text(page, ".mine .verdict")).startswith("Answered on air ")


async def test_what_the_room_refuses_is_said_and_not_shown() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        s.rooms["home-en"].refuse_chat = "The chat is closed."
        await page.click("#say")
        await page.type("hello")
        await page.press("Enter")
        await page.until("document.querySelector('.complaint').innerText === 'Not sent. The chat is closed.'")
        assert await page.eval("document.querySelectorAll('.said.mine').length") == 0
        assert await page.eval("document.querySelector('#say').value") == "hello"


# --- captions and goods --------------------------------------------------------------------------


async def test_words_light_as_they_are_said_and_ears_get_the_line_once() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        await page.eval(
            "window.lit = []; new MutationObserver(() => { const now = document.querySelector('.lit')?.innerText;"
            " if (now && now !== window.lit.at(-1)) window.lit.push(now); })"
            ".observe(document.querySelector('.lines'), { subtree: true, childList: true, characterData: true })"
        )
        s.rooms["home-en"].say("The base is 7.2 cm.", duration_s=4.0)
        await page.until("document.querySelector('.lines .said')?.innerText === 'The base is 7.2 cm.'")
        assert await page.eval("window.lit") == ["The", "base", "is", "7.2", "cm."]
        assert await text(page, ".spoken-line") == "The base is 7.2 cm."
        assert await page.eval("document.querySelector('.spoken-line').getAttribute('aria-live')") == "polite"
        assert await page.eval("document.querySelector('.lines li').getAttribute('aria-hidden')") == "true"


async def test_positions_count_characters_not_code_units() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        cut = await page.eval(
            "import('/static/captions.js').then(({ cut }) =>"
            " cut(Array.from('🍵🍵 tea 好'), [[0, 1, 3, 6], [1, 2, 7, 8]], 1.5))"
        )
        assert cut == {"said": "🍵🍵 tea ", "lit": "好", "rest": "", "nextS": 2}


async def test_a_new_price_takes_the_place_of_the_old_one() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        s.rooms["home-en"].change("flask", price="$22.00", compare_at="$24.00", stock=22)
        await page.until("document.querySelector('.price').innerText === '$22.00'")
        assert await text(page, ".compare s") == "$24.00"
        assert await text(page, ".pinned .stock") == "22 in stock"


async def test_the_next_segment_brings_its_product_to_the_table() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        for _ in range(4):
            s.rooms["home-en"].step()
        await page.until("document.querySelector('.pinned .product-name').innerText === 'Stone Mug'")
        await page.until("document.querySelector('.rows .shown .when').innerText === 'Shown'")
        assert await text(page, ".rows .shown .product-name") == "Juniper Vacuum Flask"


async def test_a_product_that_is_sold_out_cannot_be_bought() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en", width=390, height=844)
        s.rooms["home-en"].change("flask", stock=0, sold_out=True)
        await page.until("document.querySelector('.buybar').hidden")
        await page.click("#tab-goods")
        assert await text(page, ".pinned .stock") == "Sold out"
        assert await page.eval("document.querySelector('.pinned .buy').hidden")


# --- hands and ears ------------------------------------------------------------------------------


FOCUS = """
(() => {
  const at = document.activeElement;
  const seen = at.seen || at === document.body;
  at.seen = true;
  const outlined = [at, at.closest("form") ?? at].some((one) => getComputedStyle(one).outlineStyle !== "none");
  const label = at.getAttribute("aria-label") || at.innerText || at.labels?.[0]?.innerText
    || at.getAttribute("aria-labelledby") || "";
  return [seen, at.dataset.do ?? (at.id || at.className), outlined, label.trim()];
})()
"""


async def test_everything_is_reached_by_keyboard_and_shows_it() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        reached = []
        for _ in range(40):
            await page.press("Tab")
            seen, name, outline, label = await page.eval(FOCUS)
            if seen:
                break
            reached.append(name)
            assert outline, f"{name} has no visible focus"
            assert label, f"{name} has no name"
        for wanted in (
            "skip",
            "home",
            "sound",
            "pause",
            "captions",
            "full",
            "about",
            "me",
            "say",
            "send",
            "messages",
        ):
            assert wanted in reached, f"{wanted} not in {reached}"


async def test_tabs_on_a_phone_follow_the_arrows() -> None:
    async with stand() as s:
        page = await s.page("/rooms/tea-zh", width=390, height=844)
        await page.eval("document.querySelector('#tab-chat').focus()")
        await page.press("ArrowRight")
        assert await page.eval("document.activeElement.id") == "tab-goods"
        shown = "['chat', 'goods', 'captions'].map((id) => document.getElementById(id).checkVisibility())"
        assert await page.eval(shown) == [False, True, False]
        await page.press("ArrowLeft")
        assert await page.eval("document.querySelector('#chat').checkVisibility()")


async def test_colours_follow_the_system_until_the_viewer_chooses() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en", dark=True)
        ground = "getComputedStyle(document.body).backgroundColor"
        assert await page.eval(ground) == "rgb(18, 17, 15)"
        await page.shape(1440, 900, dark=False)
        assert await page.eval(ground) == "rgb(250, 247, 242)"
        await page.click(".top [data-colours]")
        assert await page.eval(ground) == "rgb(18, 17, 15)"
        await page.go(s.door.url + "/")
        assert await page.eval(ground) == "rgb(18, 17, 15)"


# --- video and trouble ---------------------------------------------------------------------------


async def test_video_plays_muted_and_one_click_gives_sound() -> None:
    async with stand() as s:
        await film(s, "home-en")
        page = await s.page("/rooms/home-en")
        await page.until("document.querySelector('video').videoWidth === 180")
        await page.until("!document.querySelector('.veil').classList.contains('shown')")
        assert await page.eval("document.querySelector('video').muted")
        await page.click(".controls .sound")
        assert await page.eval(
            "[document.querySelector('video').muted, document.querySelector('video').paused]"
        ) == [False, False]
        assert (
            await page.eval("document.querySelector('.controls .sound').getAttribute('aria-label')") == "Mute"
        )
        await page.click("[data-do=pause]")
        assert await page.eval("document.querySelector('video').paused")
        await page.click(".bigplay")
        await page.until("!document.querySelector('video').paused")
        await page.go(s.door.url + "/healthz")
        assert [one["op"] for one in s.rooms["home-en"].requests] == ["offer", "hangup"]


async def test_a_stream_that_stops_is_asked_for_again() -> None:
    async with stand() as s:
        camera = await film(s, "home-en")
        page = await s.page("/rooms/home-en")
        await page.until("document.querySelector('video').videoWidth === 180")
        await page.until("!document.querySelector('.veil').classList.contains('shown')")
        await camera.eval("window.peers.forEach((peer) => peer.close())")
        await page.until("document.querySelector('.veil').classList.contains('shown')")
        await page.until("!document.querySelector('.veil').classList.contains('shown')")
        assert [one["op"] for one in s.rooms["home-en"].requests] == ["offer", "hangup", "offer"]


async def test_a_room_that_dies_is_announced_and_comes_back_by_itself() -> None:
    async with stand() as s:
        page = await s.page("/rooms/home-en")
        s.rooms["home-en"].go_away()
        await page.until("document.querySelector('.veil').innerText.startsWith('Back in a moment')")
        assert await text(page, ".top .air") == "Away"
        s.rooms["home-en"].come_back()
        await page.until("document.querySelector('.top .air').innerText === 'On air'")
        assert await page.eval("document.querySelectorAll('.messages .said').length") == 7


async def test_the_index_plays_silent_previews_of_the_uncovered_part() -> None:
    async with stand() as s:
        await film(s, "home-en")
        page = await s.page("/")
        await page.until("document.querySelector('.stall video').videoWidth === 180")
        assert "m=audio" not in s.rooms["home-en"].requests[0]["sdp"]
        card, video = await page.eval(
            "['.cover', '.cover video'].map((one) => document.querySelector(one).getBoundingClientRect())"
            ".map((box) => [box.top, box.height])"
        )
        scale = card[1] / 844
        assert round((card[0] - video[0]) / scale) == 154
        assert round(video[1] / scale) == 1280
