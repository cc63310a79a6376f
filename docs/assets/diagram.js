// Linked highlighting: inside every element of class `linked-diagrams`, an output that is hovered, focused or tapped
// highlights the inputs that it depends on, in all diagrams there. Listeners are on the document, so diagrams may be
// added later, and the script may be loaded twice.
(() => {
  if (window.seqframeLinkedHighlighting) return;
  window.seqframeLinkedHighlighting = true;

  const OUTPUT = ".linked-diagrams .diagram [data-output]";
  const parse = (text) => new Set((text ?? "").split(" ").filter(Boolean));
  const overlap = (one, other) => [...one].some((step) => other.has(step));
  const outputAt = (target) => (target instanceof Element ? target.closest(OUTPUT) : null);
  let active = null; // the container with highlighted parts

  function clear() {
    if (!active) return;
    for (const part of active.querySelectorAll(".highlighted, .dimmed")) part.classList.remove("highlighted", "dimmed");
    for (const caption of active.querySelectorAll("[data-dependency-caption]")) caption.textContent = caption.dataset.initial ?? "";
    active = null;
  }

  function highlight(output) {
    clear();
    active = output.closest(".linked-diagrams");
    const outputs = parse(output.dataset.output);
    const same = (part) => overlap(outputs, parse(part.dataset.output));
    const equal = (part) => part.dataset.output === output.dataset.output;
    const measured = [...active.querySelectorAll(".dependency [data-output]")].find(equal) ?? output;
    const inputs = parse(measured.dataset.dependsOn);
    const mark = (part, highlighted) => part.classList.add(highlighted ? "highlighted" : "dimmed");
    for (const part of active.querySelectorAll(".diagram [data-output]")) mark(part, same(part));
    for (const part of active.querySelectorAll(".diagram [data-reaches]")) mark(part, overlap(outputs, parse(part.dataset.reaches)));
    for (const part of active.querySelectorAll(".diagram [data-input]")) {
      const row = part.closest("[data-output]");
      if (row && !same(row)) continue; // dimmed with its row
      mark(part, overlap(inputs, parse(part.dataset.input)));
    }
    const sentence = measured.getAttribute("aria-label");
    for (const caption of active.querySelectorAll("[data-dependency-caption]")) {
      caption.dataset.initial ??= caption.textContent;
      caption.textContent = `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
    }
  }

  function update(target) {
    const output = outputAt(target) ?? outputAt(document.activeElement);
    if (output) highlight(output);
    else clear();
  }

  document.addEventListener("pointerover", (event) => update(event.target));
  document.addEventListener("pointerout", (event) => update(event.relatedTarget));
  document.addEventListener("focusin", (event) => update(event.target));
  document.addEventListener("focusout", (event) => update(event.relatedTarget));
  document.addEventListener("click", (event) => outputAt(event.target)?.focus({ preventScroll: true }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") outputAt(document.activeElement)?.blur();
  });
})();
