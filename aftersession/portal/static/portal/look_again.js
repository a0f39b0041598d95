// Looks again while a payment is being confirmed, ever more rarely, and shows the page once there is news.
const shown = document.querySelector("[data-ending]");
const before = shown.dataset.ending;
let wait = 3000;

async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-ending]");
    if (answer.ok && now && now.dataset.ending !== before) {
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.querySelector("h1").setAttribute("tabindex", "-1");
      document.querySelector("h1").focus();
      return;
    }
  } catch {
    // a lost connection is only one look less
  }
  wait = Math.min(wait * 1.3, 30000);
  setTimeout(look, wait);
}

setTimeout(look, wait);
