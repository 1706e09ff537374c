// Every sentence of the interface, in both languages. What a room says is in the room's own language.

const EN = {
  name: "Nightmarket",
  skip: "Skip to the chat",
  rooms: "All rooms",
  language: "Language",
  toDark: "Dark colours",
  toLight: "Light colours",
  soundOn: "Turn sound on",
  soundOnShort: "Sound on",
  soundOff: "Mute",
  pause: "Pause",
  play: "Play",
  captionsToggle: "Live captions",
  fullscreen: "Full screen",
  captions: "Live captions",
  captionsTab: "Captions",
  captionsEmpty: "The next sentence appears here.",
  goods: "Products",
  table: "Tonight’s table",
  now: "On the table now",
  next: "Next",
  shown: "Shown",
  soldOut: "Sold out",
  was: "was",
  inStock: "In stock",
  buy: "Buy at the shop",
  buyShort: "Buy",
  askAbout: "Ask about it",
  about: (name) => `About ${name}: `,
  chat: "Chat",
  answered: "Answered",
  ask: "Your message",
  send: "Send",
  yourName: "Your name",
  yourNameHint: "Kept in this browser, shown with your messages.",
  save: "Save",
  guest: "Guest",
  you: "you",
  newBelow: "New messages",
  chatEmpty: "Quiet so far. Ask the first question.",
  answeredEmpty: "No answers yet.",
  queued: "In line for an answer",
  speaking: "Being answered now",
  spoken: "Answered on air",
  written: "Answered in chat",
  refused: "Not answered",
  sending: "Sending…",
  notSent: "Not sent.",
  slowDown: "One message every two seconds, please.",
  empty: "There is nothing to send.",
  awayShort: "The room is away for a moment; try again.",
  onAir: "On air",
  starting: "Starting",
  pausedShow: "Paused",
  stopping: "Ending",
  away: "Away",
  backSoon: "Back in a moment",
  backSoonHint: "The page comes back by itself.",
  connecting: "Connecting",
  noVideo: "Video is on its way",
  tapToPlay: "Tap to play",
  privacy: "Leave out personal details.",
  searchLabel: "Search tonight’s products",
  onTables: "On the tables tonight",
  nothingFound: "No product by that name tonight.",
  indexNote: "Hosts are AI-generated. Prices, stock and answers come from each shop’s own catalogue.",
  languages: { en: "English", zh: "中文" },
  watching: (n) => `${n} watching`,
  behind: (s) => `${s.toFixed(1)} s behind`,
  stock: (n) => `${n} in stock`,
  products: (n) => (n === 1 ? "1 product" : `${n} products`),
  hostNote: (host) => `${host} is AI-generated and speaks only from the shop’s catalogue.`,
  hostShort: (host) => `${host} is AI-generated.`,
  askHost: (host) => `Ask ${host}`,
  stalls: (n) =>
    n === 0 ? "The stalls are closed for now" : n === 1 ? "One stall is open" : `${["", "", "Two", "Three", "Four", "Five", "Six"][n] ?? n} stalls are open`,
};

/** @type {typeof EN} */
const ZH = {
  name: "夜市",
  skip: "跳到互动区",
  rooms: "全部直播间",
  language: "语言",
  toDark: "深色",
  toLight: "浅色",
  soundOn: "打开声音",
  soundOnShort: "开声音",
  soundOff: "静音",
  pause: "暂停",
  play: "播放",
  captionsToggle: "实时字幕",
  fullscreen: "全屏",
  captions: "实时字幕",
  captionsTab: "字幕",
  captionsEmpty: "下一句话会出现在这里。",
  goods: "商品",
  table: "今晚的桌上",
  now: "正在讲解",
  next: "下一件",
  shown: "已讲解",
  soldOut: "已售罄",
  was: "原价",
  inStock: "有货",
  buy: "去店里下单",
  buyShort: "去下单",
  askAbout: "问问这件",
  about: (name) => `关于${name}：`,
  chat: "互动",
  answered: "已答",
  ask: "想说的话",
  send: "发送",
  yourName: "你的昵称",
  yourNameHint: "只存在这个浏览器里，和你的留言一起显示。",
  save: "保存",
  guest: "观众",
  you: "我",
  newBelow: "有新留言",
  chatEmpty: "还没有人说话，来问第一个问题吧。",
  answeredEmpty: "还没有回答。",
  queued: "排队等待回答",
  speaking: "主播正在回答",
  spoken: "主播已回答",
  written: "已文字回答",
  refused: "没有回答",
  sending: "发送中…",
  notSent: "没有发出去。",
  slowDown: "请隔两秒再发一条。",
  empty: "还没有写内容。",
  awayShort: "直播间暂时离开，请再试一次。",
  onAir: "直播中",
  starting: "准备中",
  pausedShow: "已暂停",
  stopping: "即将结束",
  away: "暂时离开",
  backSoon: "马上回来",
  backSoonHint: "页面会自动恢复，不用刷新。",
  connecting: "正在连接",
  noVideo: "画面马上就来",
  tapToPlay: "点一下播放",
  privacy: "请不要填写个人信息。",
  searchLabel: "搜索今晚的商品",
  onTables: "今晚的桌上",
  nothingFound: "今晚没有这件商品。",
  indexNote: "主播由AI生成。价格、库存和回答都来自各家店铺自己的商品目录。",
  languages: { en: "English", zh: "中文" },
  watching: (n) => `${n} 人在看`,
  behind: (s) => `延迟 ${s.toFixed(1)} 秒`,
  stock: (n) => `库存 ${n} 件`,
  products: (n) => `${n} 件商品`,
  hostNote: (host) => `${host}是AI生成的虚拟主播，只按店铺的商品目录说话。`,
  hostShort: (host) => `${host}由AI生成。`,
  askHost: (host) => `问问${host}`,
  stalls: (n) => (n === 0 ? "摊位都还没开" : `${["", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"][n] ?? n}个摊位开着`),
};

export const LANGUAGES = { en: EN, zh: ZH };

let current = "en";

/** @returns {typeof EN} the sentences of the language on screen */
export const t = () => LANGUAGES[current];
export const language = () => current;

/** Change the language and every element that names its sentence (`data-t`, `data-t-label`, `data-t-hint`).
 * @param {string} to */
export function speak(to) {
  current = to in LANGUAGES ? to : "en";
  document.documentElement.lang = current === "zh" ? "zh-Hans" : "en";
  for (const node of document.querySelectorAll("[data-t]")) {
    const span = node.querySelector(":scope > .label") ?? node;
    span.textContent = t()[node.getAttribute("data-t")];
  }
  for (const node of document.querySelectorAll("[data-t-label]")) {
    node.setAttribute("aria-label", t()[node.getAttribute("data-t-label")]);
    if (node.matches("button.round")) node.setAttribute("title", t()[node.getAttribute("data-t-label")]);
  }
  for (const node of document.querySelectorAll("[data-t-hint]")) {
    node.setAttribute("placeholder", t()[node.getAttribute("data-t-hint")]);
  }
}

/** @param {unknown} wall ISO text, or seconds or milliseconds since 1970 @returns {string} `9:07`, `21:07`, or empty */
export function clock(wall) {
  const when = typeof wall === "number" ? new Date(wall > 1e11 ? wall : wall * 1000) : new Date(String(wall ?? ""));
  if (Number.isNaN(when.getTime())) return "";
  const options = /** @type {Intl.DateTimeFormatOptions} */ (
    current === "zh" ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { hour: "numeric", minute: "2-digit" }
  );
  return new Intl.DateTimeFormat(current === "zh" ? "zh-CN" : undefined, options).format(when);
}
