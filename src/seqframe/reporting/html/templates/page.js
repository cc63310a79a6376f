// Draws the charts in the colours of the page, and again when those change.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const PAPER = 660; // pixels that fit on a page of paper
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const lines = (axis, ink, line) => ({
    ...axis, gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line, color: ink,
  });

  // In a narrow window every name of the legend has a line of its own, for which there must be room.
  const heightOf = ({ data, layout }, narrow) => {
    const named = data.filter((trace) => trace.showlegend !== false && layout.showlegend !== false).length;
    return (layout.height || 380) + (narrow ? 20 * named : 0);
  };

  const dress = ({ data, layout }, narrow, print) => {
    const ink = print ? "#000000" : colour("--ink");
    const line = print ? "#cccccc" : colour("--line");
    const paper = print ? "#ffffff" : colour("--paper");
    return {
      ...layout,
      ...(print ? { width: PAPER } : { autosize: true }),
      height: heightOf({ data, layout }, narrow),
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 13, color: ink },
      hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink } },
      hovermode: "closest",
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      margin: { l: narrow ? 48 : 64, r: 12, t: 12, b: 44, ...layout.margin },
      xaxis: lines(layout.xaxis, ink, line),
      yaxis: lines(layout.yaxis, ink, line),
    };
  };

  const draw = (figure, print = false) => {
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".plot");
    const shown = place.data ? place.data.map((trace) => trace.visible) : [];
    data.forEach((trace, at) => { if (shown[at] !== undefined) trace.visible = shown[at]; });
    Plotly.react(place, data, dress({ data, layout }, !print && place.clientWidth < 500, print), { displayModeBar: false, responsive: true });
  };
  const drawn = () => figures.filter((figure) => figure.querySelector(".plot").data);
  const redraw = () => drawn().forEach((figure) => draw(figure));

  document.getElementById("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
    root.dataset.theme = isDark ? "light" : "dark";
    redraw();
  });
  dark.addEventListener("change", redraw);
  addEventListener("beforeprint", () => figures.forEach((figure) => draw(figure, true)));
  addEventListener("afterprint", redraw);

  // A chart is drawn when it is about to be seen: the page is there at once, however many it has.
  const about = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (entry.isIntersecting) {
      about.unobserve(entry.target);
      draw(entry.target);
    }
  }), { rootMargin: "600px" });
  figures.forEach((figure) => about.observe(figure));
})();
