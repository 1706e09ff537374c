// Runs before the first paint, so that nobody sees the wrong colours for a moment.
(function () {
  try {
    var theme = localStorage.getItem("nightmarket.theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch (e) { /* storage may be forbidden: the system's choice stands */ }
})();
