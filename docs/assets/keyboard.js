// Whoever reads with the keyboard must be able to scroll what is wider than the page. The theme wraps tables late.
function makeReachable() {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex]), .light:not([tabindex])")) {
    wide.tabIndex = 0;
    wide.setAttribute("role", "region");
    wide.setAttribute("aria-label", wide.matches(".light") ? "picture" : "table");
  }
}
makeReachable();
new MutationObserver(makeReachable).observe(document.body, { childList: true, subtree: true });
