// Notices: they count down, can be closed, and tell what a lost or refused request means.
const region = document.getElementById("notices");

function start(toast) {
  toast.dataset.started = "1";
  let left = Number(toast.dataset.seconds);
  const shown = toast.querySelector("[data-countdown]");
  if (!left || !shown) return;
  const words = shown.textContent;
  const first = String(left);
  // Said once when it appears; a screen reader must not hear every second.
  shown.setAttribute("aria-live", "off");
  const timer = setInterval(() => {
    left -= 1;
    shown.textContent = words.replace(first, String(left));
    if (left > 0) return;
    clearInterval(timer);
    toast.remove();
  }, 1000);
}

function startAll() {
  document.querySelectorAll("[data-toast]:not([data-started])").forEach(start);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});

// htmx leaves out answers that refuse. A refused form (422) is shown again, a notice finds its place.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 422 || (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget"))) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

function tellFailure() {
  const notice = document.createElement("p");
  notice.className = "alert bad";
  notice.setAttribute("role", "alert");
  notice.textContent = region.dataset.failed;
  region.replaceChildren(notice);
}

document.addEventListener("htmx:sendError", tellFailure);
document.addEventListener("htmx:timeout", tellFailure);
document.addEventListener("htmx:responseError", tellFailure);
document.addEventListener("htmx:afterSettle", startAll);
startAll();
