(() => {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const select = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      panelOf(tab).hidden = !isChosen;
    }
  };
  const places = {
    ArrowRight: (place) => (place + 1) % tabs.length,
    ArrowLeft: (place) => (place + tabs.length - 1) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      if (!(event.key in places)) return;
      event.preventDefault();
      const next = tabs[places[event.key](place)];
      select(next);
      next.focus();
    });
  }
  if (tabs.length) {
    document.body.classList.add("tabbed");
    select(tabs[0]);
  }
  // Paper cannot be unfolded.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
