// A link with data-dialog opens the question of its page in a dialog; without a script it opens the page.
async function openQuestion(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const question = page.querySelector("[data-dialog-part]");
  if (!answer.ok || answer.redirected || !question) throw new Error("no question");
  if (!question.hasAttribute("action")) question.action = link.href;
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const title = question.querySelector("h1, h2");
  if (title) {
    title.id ||= "question-title";
    dialog.setAttribute("aria-labelledby", title.id);
  }
  dialog.append(question);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openQuestion(link).catch(() => { location.href = link.href; });
    return;
  }
  const close = event.target.closest("dialog [data-close]");
  if (close) {
    event.preventDefault();
    close.closest("dialog").close();
  }
});
