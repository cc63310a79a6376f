// Draws the charts in the colors of the page theme, and again when the theme changes.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const PRINT_WIDTH = 660; // pixels that fit on a printed page
  const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const axisStyle = (axis, ink, line) => ({
    ...axis, gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line, color: ink,
  });

  // In a narrow window, every legend entry is on its own line.
  const heightOf = ({ data, layout }, narrow) => {
    const named = data.filter((trace) => trace.showlegend !== false && layout.showlegend !== false).length;
    return (layout.height || 380) + (narrow ? 20 * named : 0);
  };

  const styled = ({ data, layout }, narrow, print) => {
    const ink = print ? "#000000" : color("--ink");
    const line = print ? "#cccccc" : color("--line");
    const paper = print ? "#ffffff" : color("--paper");
    return {
      ...layout,
      ...(print ? { width: PRINT_WIDTH } : { autosize: true }),
      height: heightOf({ data, layout }, narrow),
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 13, color: ink },
      hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink } },
      hovermode: "closest",
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      margin: { l: narrow ? 48 : 64, r: 12, t: 12, b: 44, ...layout.margin },
      xaxis: axisStyle(layout.xaxis, ink, line),
      yaxis: axisStyle(layout.yaxis, ink, line),
    };
  };

  const draw = (figure, print = false) => {
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".plot");
    const visible = place.data ? place.data.map((trace) => trace.visible) : [];
    data.forEach((trace, at) => { if (visible[at] !== undefined) trace.visible = visible[at]; });
    Plotly.react(place, data, styled({ data, layout }, !print && place.clientWidth < 500, print), { displayModeBar: false, responsive: true });
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

  // A chart is drawn when it is about to become visible, so that the page opens quickly.
  const observer = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (entry.isIntersecting) {
      observer.unobserve(entry.target);
      draw(entry.target);
    }
  }), { rootMargin: "600px" });
  figures.forEach((figure) => observer.observe(figure));
})();
