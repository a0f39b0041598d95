// The combobox after the ARIA pattern: a text field, a list that floats, options drawn by the server.
// With data-many it adds chips in order; else it fills a hidden field. See docs/ui.md.
const ASK_AFTER = 150;

function combobox(root) {
  const input = root.querySelector('[role="combobox"]');
  const list = root.querySelector('[role="listbox"]');
  const panel = list.closest(".list");
  const chips = root.querySelector("[data-chips]");
  const hidden = root.querySelector("input[data-value]");
  const chipTemplate = root.querySelector("template");
  let timer = 0;
  let asked = 0;

  const options = () => [...list.querySelectorAll('[role="option"]')];
  const active = () => list.querySelector('[aria-selected="true"]');

  function open(isOpen) {
    panel.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) input.removeAttribute("aria-activedescendant");
  }

  function point(option) {
    active()?.setAttribute("aria-selected", "false");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  async function ask() {
    const turn = ++asked;
    const url = new URL(root.dataset.url, location.href);
    url.searchParams.set("q", input.value);
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    // A slow answer to an older question is not wanted any more.
    if (!answer.ok || turn !== asked || document.activeElement !== input) return;
    list.innerHTML = await answer.text();
    options().forEach((option, index) => { option.id = `${list.id}-${index}`; });
    open(true);
    point(options()[0]);
  }

  function askSoon() {
    clearTimeout(timer);
    if (input.value.trim().length < Number(root.dataset.least || 1)) {
      open(false);
      return;
    }
    timer = setTimeout(() => ask().catch(() => open(false)), ASK_AFTER);
  }

  function changed() {
    renumber();
    root.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function renumber() {
    [...(chips?.children || [])].forEach((chip, index, all) => {
      chip.classList.toggle("first", index === 0);
      const [up, down] = chip.querySelectorAll("[data-move]");
      if (up) up.disabled = index === 0;
      if (down) down.disabled = index === all.length - 1;
    });
  }

  function addChip({ value, code, label }) {
    if ([...chips.querySelectorAll("input")].some((field) => field.value === value)) return;
    const chip = chipTemplate.content.firstElementChild.cloneNode(true);
    chip.querySelector("input").value = value;
    chip.querySelector(".code").textContent = code || "";
    chip.querySelector(".text").textContent = label;
    for (const button of chip.querySelectorAll("button")) {
      button.setAttribute("aria-label", button.getAttribute("aria-label").replace("…", code || label));
      button.value = button.value.replace("…", value);
    }
    chips.append(chip);
  }

  function choose(option) {
    if (!option || option.ariaDisabled) return;
    if (chips) {
      addChip(option.dataset);
      input.value = "";
    } else {
      hidden.value = option.dataset.value;
      input.value = option.dataset.label;
    }
    open(false);
    changed();
    input.focus();
  }

  input.addEventListener("input", () => {
    if (hidden) hidden.value = "";
    askSoon();
  });
  input.addEventListener("blur", () => setTimeout(() => open(false), 120));
  input.addEventListener("keydown", (event) => {
    const all = options();
    const index = all.indexOf(active());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (panel.hidden) ask().catch(() => open(false));
      else if (all.length) point(all[(index + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      // Never sends the form: who types a code means to add it.
      event.preventDefault();
      if (!panel.hidden) choose(active());
    } else if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      event.stopPropagation();
      open(false);
    } else if (event.key === "Backspace" && chips && !input.value) {
      chips.lastElementChild?.querySelector("[data-remove]")?.focus();
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    event.preventDefault();
    choose(event.target.closest('[role="option"]'));
  });
  chips?.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    const chip = button.closest(".chip");
    if (button.hasAttribute("data-remove")) {
      const next = chip.nextElementSibling || chip.previousElementSibling;
      chip.remove();
      (next?.querySelector("[data-remove]") || input).focus();
    } else if (button.dataset.move === "up") {
      chip.previousElementSibling?.before(chip);
      button.focus();
    } else {
      chip.nextElementSibling?.after(chip);
      button.focus();
    }
    changed();
    if (button.disabled) chip.querySelector("[data-move]:not([disabled])")?.focus();
  });
  input.setAttribute("autocomplete", "off");
  open(false);
  renumber();
}

function enhance(scope) {
  for (const root of scope.querySelectorAll("[data-combo]:not([data-ready])")) {
    root.dataset.ready = "1";
    combobox(root);
  }
}

enhance(document);
document.addEventListener("htmx:afterSettle", () => enhance(document));
