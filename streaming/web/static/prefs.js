// What this browser remembers: language, colours, the viewer's name. Nothing leaves it by itself.
import { all, el } from "./dom.js";
import { setIcon } from "./icons.js";
import { LANGUAGES, language, speak, t } from "./words.js";

/** @param {string} key */
export function recall(key) {
  try {
    return localStorage.getItem(`nightmarket.${key}`) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`nightmarket.${key}`, value);
  } catch {
    // storage may be full or forbidden: the choice then lasts as long as the page
  }
}

/** The stored choice, else what the page suggests, else the browser's first language that we speak.
 * @param {string} [suggested] */
export function firstLanguage(suggested) {
  const wanted = [recall("language"), suggested ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2));
  return wanted.find((tag) => tag in LANGUAGES) ?? "en";
}

const isDark = () =>
  (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

/** Build the language and colour switches into every `[data-prefs]`.
 * @param {() => void} changed called after the language changed */
export function switches(changed) {
  const redraw = () => {
    for (const button of all("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language()));
    for (const button of all("[data-colours]")) {
      const label = isDark() ? t().toLight : t().toDark;
      setIcon(button, isDark() ? "sun" : "moon");
      button.setAttribute("aria-label", label);
      button.setAttribute("title", label);
    }
    for (const group of all("[data-prefs] .pair")) group.setAttribute("aria-label", t().language);
  };
  const choose = (/** @type {string} */ to) => {
    remember("language", to);
    speak(to);
    redraw();
    changed();
  };
  for (const place of all("[data-prefs]")) {
    const pair = el("div", { class: "pair", role: "group" });
    for (const [tag, name] of [["en", "EN"], ["zh", "中文"]]) {
      pair.append(el("button", { type: "button", "data-language": tag, text: name, lang: tag, on: { click: () => choose(tag) } }));
    }
    const colours = el("button", {
      type: "button",
      class: "round quiet",
      "data-colours": true,
      on: {
        click: () => {
          const to = isDark() ? "light" : "dark";
          document.documentElement.dataset.theme = to;
          remember("theme", to);
          redraw();
        },
      },
    });
    place.append(pair, colours);
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  redraw();
  return redraw;
}

