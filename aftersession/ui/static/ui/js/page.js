// Menus close when one looks elsewhere; focus goes to what a refused form says; filters send themselves.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-open]");
  if (opener) document.querySelector(opener.dataset.open)?.showModal();
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// What is chosen is in sight, also where a line of tabs is wider than the screen.
for (const here of document.querySelectorAll(".tabs > [aria-current], .strip > [aria-current]")) {
  const line = here.parentElement;
  line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

document.querySelector("[data-focus]")?.focus();
document.addEventListener("htmx:afterSettle", (event) => event.target.querySelector?.("[data-focus]")?.focus());

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-filters]");
  if (form && event.target.type !== "search") form.requestSubmit();
});
