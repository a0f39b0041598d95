// A billing form: what the server answers to a kept copy (sum, checks, buttons, figures of the lines) is put
// in place. Only the server's arithmetic counts; nothing is computed here.
let waiting = null;
let isPressed = false;

function place(form, html) {
  const old = form.querySelector(form.dataset.autosaveShows);
  const made = new DOMParser().parseFromString(html, "text/html").querySelector(form.dataset.autosaveShows);
  if (!old || !made || form.dataset.sent) return;
  for (const figure of made.querySelector("[data-figures]")?.content.children || []) {
    const shown = document.getElementById(figure.dataset.for);
    if (shown && shown.textContent !== figure.textContent) shown.textContent = figure.textContent;
  }
  made.querySelector("[data-figures]")?.remove();
  // An amount that was filled in from the total goes on following it, until somebody types another.
  for (const field of form.querySelectorAll('[data-follows="total"]')) {
    if (field.value === "" || field.value === old.dataset.total) field.value = made.dataset.total;
  }
  if (old.innerHTML === made.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.value : null;
  old.replaceWith(made);
  if (focused) [...made.querySelectorAll("button")].find((button) => button.value === focused)?.focus();
}

// A button must not be taken away from under a finger that is pressing it.
document.addEventListener("pointerdown", (event) => { isPressed = Boolean(event.target.closest("[data-finals]")); });
for (const name of ["click", "pointercancel"]) {
  document.addEventListener(name, () => setTimeout(() => {
    isPressed = false;
    if (waiting) place(...waiting);
    waiting = null;
  }));
}

document.addEventListener("kept", (event) => {
  if (isPressed) waiting = [event.target, event.detail];
  else place(event.target, event.detail);
});

// A step (a line more) draws the form anew: what somebody typed while it was under way is put back.
const sentWith = new WeakMap();
const kept = (event) => event.target.closest?.("form[data-autosave]");

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = kept(event);
  if (!form) return;
  // Taking a line away renumbers the others: until then nothing can be typed.
  const removes = event.target.value?.startsWith("remove_line");
  if (removes) event.detail.target.inert = true;
  else sentWith.set(form, new Map(new FormData(form)));
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const form = kept(event);
  const sent = form && sentWith.get(form);
  if (!sent) return;
  const since = [...new FormData(form)].filter(([name, value]) => sent.get(name) !== value && name !== "diagnosis");
  sentWith.set(form, new Map(since));
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.target?.closest?.("form[data-autosave]");
  if (!form) return;
  event.detail.target.inert = false;
  const since = event.detail.successful ? sentWith.get(form) : null;
  sentWith.delete(form);
  for (const [name, value] of since || []) {
    const field = form.querySelector(`input:not([type="radio"], [type="hidden"])[name="${CSS.escape(name)}"]`);
    if (!field) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
