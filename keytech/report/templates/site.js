(() => {
  const root = document.documentElement, find = (s) => [...document.querySelectorAll(s)];
  const keep = (k, v) => { try { localStorage.setItem("keytech-" + k, v); } catch { /* a browser without storage forgets */ } };
  const words = () => find("[data-en]").forEach((e) => {
    const said = root.dataset.lang === "zh" ? e.dataset.zh : e.dataset.en;
    if (e.tagName === "INPUT") { e.placeholder = said; e.setAttribute("aria-label", said); } else if (e.tagName === "TITLE" || e.tagName === "OPTION") e.textContent = said; else e.setAttribute("aria-label", said);
  });
  const language = (l) => { root.dataset.lang = l; root.lang = l === "zh" ? "zh-CN" : "en"; words(); document.dispatchEvent(new Event("keytech-language")); };
  const theme = (t) => { root.dataset.theme = t; };
  find("#language").forEach((b) => b.addEventListener("click", () => { const l = root.dataset.lang === "en" ? "zh" : "en"; keep("lang", l); language(l); }));
  find("#theme").forEach((b) => b.addEventListener("click", () => { const t = root.dataset.theme === "dark" ? "light" : "dark"; keep("theme", t); theme(t); }));
  find("[data-set]").forEach((b) => b.addEventListener("click", () => {
    const [name, value] = b.dataset.set.split(":"), off = b.dataset.off;
    const now = off !== undefined && root.dataset[name] === value ? off : value;
    root.dataset[name] = now;
    find(`[data-set^="${name}:"]`).forEach((o) => o.setAttribute("aria-pressed", String(o.dataset.set === `${name}:${now}`)));
  }));
  find("[data-open]").forEach((b) => b.addEventListener("click", () => { const on = b.dataset.open === "all"; find("details.paper, details.sheet").forEach((d) => { d.open = on; }); }));
  const reveal = () => { const id = decodeURIComponent(location.hash.slice(1)); const e = id && document.getElementById(id); if (e) { for (let p = e; p; p = p.parentElement) if (p.tagName === "DETAILS") p.open = true; e.scrollIntoView(); } };
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (e) => { if (e.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) { const s = document.querySelector("input[type=search]"); if (s) { e.preventDefault(); s.focus(); } } });
  language(root.dataset.lang); reveal();
})();
