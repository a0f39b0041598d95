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
