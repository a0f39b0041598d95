// Forms: sent once (data-once), and kept on the server while they are filled in (data-autosave="URL"); what it
// answers goes to whoever listens to "kept" on the form.
const SAVE_AFTER = 700;
const SHOW_AFTER = 250;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-once") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of document.querySelectorAll("button, .act")) {
    if (button.form === form) button.setAttribute("aria-disabled", "true");
  }
});

// A page that comes back from the browser's memory can be sent again; its key makes that safe.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.elements) button.removeAttribute("aria-disabled");
  }
});

function tell(form, state) {
  const place = form.querySelector("[data-saved]") || document.querySelector(`[data-saved="#${form.id}"]`);
  if (place) place.textContent = place.dataset[`${state}Words`] || "";
}

function keepCopy(form) {
  // Who looks at a total that follows the typing waits for less.
  const pause = form.dataset.autosaveShows ? SHOW_AFTER : SAVE_AFTER;
  let timer = 0;
  let isDirty = false;
  let isSending = false;

  async function save(isLast) {
    clearTimeout(timer);
    if (!isDirty || form.dataset.sent || (isSending && !isLast)) return;
    isDirty = false;
    isSending = true;
    tell(form, "saving");
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new FormData(form),
        headers: { "HX-Request": "true" },
        keepalive: isLast,
      });
      // A refused copy (422) is kept too: the server holds what was typed, right or wrong.
      if (!answer.ok && answer.status !== 422) throw new Error(answer.statusText);
      tell(form, "saved");
      form.dispatchEvent(new CustomEvent("kept", { detail: await answer.text(), bubbles: true }));
    } catch {
      isDirty = true;
      tell(form, "unsaved");
      timer = setTimeout(save, 5000);
    } finally {
      isSending = false;
    }
    if (isDirty) timer = setTimeout(save, pause);
  }

  function note(event) {
    isDirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, event?.type === "change" ? 0 : pause);
  }

  form.addEventListener("input", note);
  form.addEventListener("change", note);
  window.addEventListener("pagehide", () => save(true));
  window.addEventListener("online", () => save(false));
}

document.querySelectorAll("form[data-autosave]").forEach(keepCopy);
