// Lists by keyboard: arrows move through the rows of [data-rows], Enter opens a row's [data-main] link.
// One row is "on": the one with the focus, or the last one that had it.
const rowsOf = (list) => [...list.querySelectorAll("tbody tr:not(.group), :scope > li")];

function turnOn(row) {
  const list = row.closest("[data-rows]");
  for (const other of rowsOf(list)) {
    other.classList.toggle("on", other === row);
    other.tabIndex = other === row ? 0 : -1;
  }
}

function prepare(root) {
  for (const list of root.querySelectorAll("[data-rows]")) {
    const rows = rowsOf(list);
    if (rows.length && !rows.some((row) => row.tabIndex === 0)) {
      const on = rows.find((row) => row.classList.contains("on")) || rows[0];
      for (const row of rows) row.tabIndex = row === on ? 0 : -1;
    }
  }
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-rows] tr:not(.group), [data-rows] > li");
  if (row && row.hasAttribute("tabindex")) turnOn(row);
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  const active = document.activeElement;
  const row = active.closest("[data-rows] tr, [data-rows] > li");
  const list = row?.closest("[data-rows]") || (active === document.body || active.id === "main" ? document.querySelector("[data-rows]") : null);
  if (!list) return;
  if (event.key === "Enter" && active === row) {
    const link = row.querySelector("[data-main]") || row.querySelector("a[href]");
    if (link) link.click();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || (row && active !== row && active.matches("input:not([type=checkbox]), select, textarea"))) return;
  const rows = rowsOf(list);
  const next = row ? rows[rows.indexOf(row) + step] : rows[0];
  if (!next) return;
  event.preventDefault();
  turnOn(next);
  next.focus();
  next.scrollIntoView({ block: "nearest" });
});

prepare(document);
document.addEventListener("htmx:afterSettle", () => prepare(document));
