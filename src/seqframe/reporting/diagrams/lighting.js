// Inside every element of the class `lights`, an answer that is pointed at, focused or tapped lights up the steps that it
// sees, in all pictures there. It listens on the document, so that pictures may come later, and it may be loaded twice.
(() => {
  if (window.seqframeLighting) return;
  window.seqframeLighting = true;

  const ANSWER = ".lights .diagram [data-answer]";
  const numbers = (text) => new Set((text ?? "").split(" ").filter(Boolean));
  const meet = (one, other) => [...one].some((number) => other.has(number));
  const answerAt = (target) => (target instanceof Element ? target.closest(ANSWER) : null);
  let lights = null; // the container that is lit

  function restore() {
    if (!lights) return;
    for (const part of lights.querySelectorAll(".lit, .dim")) part.classList.remove("lit", "dim");
    for (const place of lights.querySelectorAll("[data-lighting-says]")) place.textContent = place.dataset.before ?? "";
    lights = null;
  }

  function light(answer) {
    restore();
    lights = answer.closest(".lights");
    const answers = numbers(answer.dataset.answer);
    const same = (part) => meet(answers, numbers(part.dataset.answer));
    const alone = (part) => part.dataset.answer === answer.dataset.answer;
    const measured = [...lights.querySelectorAll(".flow [data-answer]")].find(alone) ?? answer; // of neighbours, the drawn
    const sees = numbers(measured.dataset.sees);
    const mark = (part, lit) => part.classList.add(lit ? "lit" : "dim");
    for (const part of lights.querySelectorAll(".diagram [data-answer]")) mark(part, same(part));
    for (const part of lights.querySelectorAll(".diagram [data-way]")) mark(part, meet(answers, numbers(part.dataset.way)));
    for (const part of lights.querySelectorAll(".diagram [data-step]")) {
      const row = part.closest("[data-answer]");
      if (row && !same(row)) continue; // is dim with its row
      mark(part, meet(sees, numbers(part.dataset.step)));
    }
    const words = measured.getAttribute("aria-label");
    for (const place of lights.querySelectorAll("[data-lighting-says]")) {
      place.dataset.before ??= place.textContent;
      place.textContent = `${words[0].toUpperCase()}${words.slice(1)}.`;
    }
  }

  function follow(target) {
    const answer = answerAt(target) ?? answerAt(document.activeElement);
    if (answer) light(answer);
    else restore();
  }

  document.addEventListener("pointerover", (event) => follow(event.target));
  document.addEventListener("pointerout", (event) => follow(event.relatedTarget));
  document.addEventListener("focusin", (event) => follow(event.target));
  document.addEventListener("focusout", (event) => follow(event.relatedTarget));
  document.addEventListener("click", (event) => answerAt(event.target)?.focus({ preventScroll: true }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") answerAt(document.activeElement)?.blur();
  });
})();
