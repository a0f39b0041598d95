// Keys. An element says which key presses it: data-key="c", "g t" or "mod+enter". Single keys work only
// while no field has the focus (WCAG 2.1.4), and not at all where the person turned them off.
const PAUSE = 900;
const singleKeysOff = document.body.dataset.singleKeys === "off";
let typed = "";
let timer = 0;

const isField = (element) =>
  element.isContentEditable ||
  (element.matches("input, select, textarea") && !["radio", "checkbox", "button", "submit"].includes(element.type));

const isThere = (element) => !element.disabled && element.getClientRects().length > 0;

// The chosen row comes before the rest of the page: its "c" completes that session.
function target(key) {
  const scope = document.querySelector("dialog[open]") || document;
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const focused = document.activeElement.closest("[data-rows] .on");
  const rows = [...(focused ? [focused] : []), ...scope.querySelectorAll("[data-rows] .on")];
  const inRows = rows.flatMap((row) => [...row.querySelectorAll(wanted)]);
  const elsewhere = [...scope.querySelectorAll(wanted)].filter((element) => !element.closest("[data-rows] tr"));
  return [...inRows, ...elsewhere].find(isThere);
}

function press(element) {
  if (isField(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function isBegun(text) {
  return [...document.querySelectorAll("[data-key]")].some((element) => element.dataset.key.startsWith(text + " "));
}

function single(event) {
  clearTimeout(timer);
  const text = typed ? `${typed} ${event.key}` : event.key;
  const found = target(text) || target(event.key);
  typed = "";
  if (found) {
    event.preventDefault();
    press(found);
  } else if (isBegun(text)) {
    typed = text;
    timer = setTimeout(() => { typed = ""; }, PAUSE);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    const found = target(`mod+${event.key.toLowerCase()}`);
    if (found) {
      event.preventDefault();
      press(found);
    }
    return;
  }
  if (event.altKey) return;
  if (isField(document.activeElement)) {
    if (event.key === "Escape" && !document.activeElement.closest("dialog, [data-combo]")) document.activeElement.blur();
    return;
  }
  if (event.key.length === 1 && event.key !== " " && !singleKeysOff) single(event);
});

// The list of keys is read off the page when it is opened.
function words(element) {
  const label = element.dataset.keyLabel || element.getAttribute("aria-label");
  if (label) return label;
  const copy = (element.closest("label") || element).cloneNode(true);
  copy.querySelectorAll("kbd, .count, p").forEach((part) => part.remove());
  return (copy.querySelector("b") || copy).textContent.trim();
}

function line(keys, text) {
  const dt = document.createElement("dt");
  for (const key of keys) dt.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
  return [dt, Object.assign(document.createElement("dd"), { textContent: text })];
}

const shown = (key) => key.split(/[ +]/).map((part) => ({ mod: "Ctrl", enter: "↵" })[part] || part);

const list = document.querySelector("[data-keylist]");
document.addEventListener("click", (event) => {
  if (!list || !event.target.closest('[data-open="#keys"]')) return;
  list.replaceChildren();
  const seen = new Set();
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    if (seen.has(key) || !isThere(element) || element.closest("dialog")) continue;
    if (singleKeysOff && !key.startsWith("mod+")) continue;
    seen.add(key);
    list.append(...line(shown(key), words(element)));
  }
  if (document.querySelector("[data-rows]")) {
    list.append(...line(["↑", "↓"], list.dataset.rowsWords), ...line(["↵"], list.dataset.openWords));
  }
  list.append(...line(["esc"], list.dataset.escapeWords));
});
