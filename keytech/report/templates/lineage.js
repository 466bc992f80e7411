(() => {
  const data = JSON.parse(document.getElementById("data").textContent), root = document.documentElement;
  const nodes = data.nodes.map(([name, layer, en, zh, rows, parents, carried, files, origins], i) => ({ i, name, layer, en, zh, rows, parents, carried: new Set(carried), files, origins, children: [] }));
  nodes.forEach((n) => n.parents.forEach((p) => nodes[p].children.push(n.i)));
  const byName = new Map(nodes.map((n) => [n.name, n])), wordAt = new Map(data.words.map((w, i) => [w, i]));
  const layers = { source: ["Raw tables", "原始表"], seed: ["Reference", "参照表"], staging: ["Staging", "暂存"], intermediate: ["Intermediate", "中间"], core: ["Core marts", "核心集市"], panels: ["Panels", "面板"], quality: ["Quality", "质量"] };
  const zh = () => root.dataset.lang === "zh", say = (en, cn) => (zh() ? cn : en), $ = (id) => document.getElementById(id);
  const esc = (t) => String(t ?? "").replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  let state = { focus: byName.get("pnl_talent_keytech") ?? nodes[nodes.length - 1], words: [], cell: null, way: "up", only: false, seeds: false };

  const reach = (start, key) => { const seen = new Set(), todo = [...start]; while (todo.length) { const i = todo.pop(); if (!seen.has(i)) { seen.add(i); todo.push(...nodes[i][key]); } } return seen; };
  const trace = (words) => {
    const seen = new Set(), on = new Map(), todo = words.filter((w) => wordAt.has(w)).map((w) => [state.focus.i, wordAt.get(w)]);
    while (todo.length) {
      const [i, w] = todo.pop(), key = i + "/" + w; if (seen.has(key)) continue;
      seen.add(key); if (!on.has(i)) on.set(i, new Set()); if (w >= 0) on.get(i).add(w);
      const from = w >= 0 ? nodes[i].origins[w] : undefined;
      if (from) for (let k = 0; k < from.length; k += 2) todo.push([from[k], from[k + 1]]); else nodes[i].parents.forEach((p) => todo.push([p, -1]));
    }
    return on;
  };
  const depth = (ids) => {
    const d = new Map(), visit = (i) => { if (!d.has(i)) { d.set(i, 0); const up = nodes[i].parents.filter((p) => ids.has(p)); d.set(i, up.length ? 1 + Math.max(...up.map(visit)) : 0); } return d.get(i); };
    ids.forEach(visit);
    ids.forEach((i) => { if (!nodes[i].parents.some((p) => ids.has(p))) { const down = nodes[i].children.filter((c) => ids.has(c)).map((c) => d.get(c)); d.set(i, nodes[i].layer === 0 || !down.length ? 0 : Math.max(0, Math.min(...down) - 1)); } });
    return d;
  };
  const draw = () => {
    const plain = (i) => state.seeds || data.layers[nodes[i].layer] !== "seed" || i === state.focus.i, all = new Set([...reach([state.focus.i], state.way === "up" ? "parents" : "children")].filter(plain)), chosen = state.words.length > 0 && state.way === "up";
    const traced = chosen ? trace(state.words) : new Map(); let on = chosen ? new Set(traced.keys()).add(state.focus.i) : all; on = new Set([...on].filter(plain)); const ids = chosen && state.only ? on : all, d = depth(ids); if (!chosen) on = ids;
    $("only").hidden = !chosen;
    const columns = []; ids.forEach((i) => { (columns[d.get(i)] ??= []).push(i); });
    const W = 212, H = 34, GX = 46, GY = 8, at = new Map();
    columns.forEach((c) => c.sort((a, b) => nodes[a].layer - nodes[b].layer || (nodes[a].name < nodes[b].name ? -1 : 1)));
    const place = () => columns.forEach((c) => c.forEach((i, k) => at.set(i, k)));
    place();
    for (let round = 0; round < 6; round += 1) {
      const key = round % 2 ? "children" : "parents";
      (round % 2 ? [...columns].reverse() : columns).forEach((c) => {
        const mean = new Map(c.map((i) => { const near = nodes[i][key].filter((j) => ids.has(j)); return [i, near.length ? near.reduce((s, j) => s + at.get(j) / columns[d.get(j)].length, 0) / near.length : at.get(i) / c.length]; }));
        c.sort((a, b) => mean.get(a) - mean.get(b) || a - b); c.forEach((i, k) => at.set(i, k));
      });
    }
    const tallest = Math.max(...columns.map((c) => c.length)), height = tallest * (H + GY) + 24, width = columns.length * (W + GX) + 10;
    const X = (i) => 8 + d.get(i) * (W + GX), Y = (i) => 12 + (at.get(i) + (tallest - columns[d.get(i)].length) / 2) * (H + GY);
    const edges = [...ids].flatMap((i) => nodes[i].parents.filter((p) => ids.has(p)).map((p) => { const a = X(p) + W, b = Y(p) + H / 2, x = X(i), y = Y(i) + H / 2, m = (x - a) / 2; return `<path class="e${on.has(i) && on.has(p) && on !== ids ? " on" : ""}" d="M${a} ${b}C${a + m} ${b} ${x - m} ${y} ${x} ${y}"/>`; }));
    const boxes = [...ids].map((i) => { const n = nodes[i], kind = i === state.focus.i ? " focus" : on === ids ? "" : on.has(i) ? " on" : " off"; const short = n.name.length > 30 ? n.name.slice(0, 29) + "…" : n.name; const under = `${say(...layers[data.layers[n.layer]])}${n.rows == null ? "" : " · " + n.rows.toLocaleString("en") + say(" rows", "行")}${n.files ? " · " + n.files + say(" files", "个文件") : ""}`; return `<g class="node${kind}" tabindex="0" role="link" data-i="${i}" transform="translate(${X(i)} ${Y(i)})"><title>${esc(n.name)}: ${esc(say(n.en, n.zh || n.en))}</title><rect width="${W}" height="${H}" rx="5"/><text x="8" y="14">${esc(short)}</text><text class="s" x="8" y="28">${esc(under)}</text></g>`; });
    $("graph").innerHTML = `<svg width="${width}" height="${height}" role="img" aria-label="${esc(state.focus.name)}">${edges.join("")}${boxes.join("")}</svg>`;
    $("graph").querySelectorAll("g.node").forEach((g) => { const go = () => { location.hash = nodes[g.dataset.i].name; }; g.addEventListener("click", go); g.addEventListener("keydown", (e) => { if (e.key === "Enter") go(); }); });
    $("graph").scrollLeft = state.way === "up" ? width : 0; const f = state.focus.i; $("graph").scrollTop = Math.max(0, Y(f) - $("graph").clientHeight / 2);
    about(ids, on, traced);
  };
  const link = (n) => `<a href="#${esc(n.name)}"><code>${esc(n.name)}</code></a>`;
  const about = (ids, on, traced) => {
    const n = state.focus, shown = [...on].map((i) => nodes[i]), raw = shown.filter((x) => data.layers[x.layer] === "source");
    const groups = data.layers.map((l, k) => [l, shown.filter((x) => x.layer === k && x !== n)]).filter(([, g]) => g.length);
    $("about").innerHTML = `<h2><code>${esc(n.name)}</code></h2><p>${esc(say(n.en, n.zh ? n.zh + "：" + n.en : n.en))}</p><p class="small"><a href="dictionary.html#${esc(n.name)}">${say("In the dictionary", "查看数据字典")}</a></p><dl class="facts small">${groups.map(([l, g]) => `<dt>${say(...layers[l])} (${g.length})</dt><dd>${g.map(link).join(" ")}</dd>`).join("")}</dl>${state.way === "up" ? `<p class="small soft">${say(`${raw.length} raw tables, ${raw.reduce((s, x) => s + x.files, 0)} files; their checksums are in manifest.json of the release.`, `${raw.length}张原始表，${raw.reduce((s, x) => s + x.files, 0)}个文件；校验和见版本的manifest.json。`)}</p>` : ""}`;
    const c = state.cell; $("cell").hidden = !c;
    if (c) {
      const [, en, cn, formula, into, used, proposed] = c.column, t = c.term;
      $("cell").innerHTML = `<h2>${t ? `<code>${esc(t[0])}</code> = ${esc(t[2])}${esc(t[4])} <span class="soft">(${esc(t[3])})</span>` : esc(say(en, cn))}</h2><p><a href="study-${esc(c.study)}.html#table-${esc(c.table)}">${esc(c.study)} · ${say("table", "表")} ${esc(c.table)}</a> · (${esc(c.id)}) ${esc(say(en, cn))}${proposed ? ` <span class="tag proposed">${say("proposed specification", "拟定设计")}</span>` : ""}</p><dl class="facts small"><dt>${say("Formula", "公式")}</dt><dd><code>${esc(formula)}</code></dd><dt>${say("Panel", "面板")}</dt><dd>${link(n)} · ${say("rows used", "使用行")} ${used == null ? "–" : used.toLocaleString("en")} / ${into == null ? "–" : into.toLocaleString("en")}</dd><dt>${say("Columns of the term", "变量")}</dt><dd>${state.words.map((w) => `<code>${esc(w)}</code>`).join(" ") || "–"}</dd><dt>${say("Stands on", "建立于")}</dt><dd>${raw.map((x) => `${link(x)} <span class="soft">${[...(traced.get(x.i) || [])].map((w) => esc(data.words[w])).sort().join(", ")}</span>`).join("<br>")}</dd></dl>`;
    }
  };
  const fill = () => {
    $("pick").innerHTML = data.layers.map((l, k) => `<optgroup label="${say(...layers[l])}">${nodes.filter((n) => n.layer === k).map((n) => `<option${n === state.focus ? " selected" : ""}>${esc(n.name)}</option>`).join("")}</optgroup>`).join("");
    $("word").innerHTML = `<option value="">${say("(all)", "（全部）")}</option>` + [...state.focus.carried].map((i) => data.words[i]).sort().map((w) => `<option${state.words.length === 1 && state.words[0] === w ? " selected" : ""}>${esc(w)}</option>`).join("");
    document.querySelectorAll("[data-way]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.way === state.way)));
    $("only").setAttribute("aria-pressed", String(state.only)); $("seeds").setAttribute("aria-pressed", String(state.seeds));
  };
  const read = () => {
    const hash = decodeURIComponent(location.hash.slice(1)), parts = hash.split("/"), column = data.columns[parts.slice(0, 3).join("/")];
    if (column && column[0] != null) {
      const name = parts.slice(3).join("/"), term = column[7].find((t) => t[0] === name), focus = nodes[column[0]];
      const has = (w) => wordAt.has(w) && focus.carried.has(wordAt.get(w)), own = (name.match(/[A-Za-z_]\w*/g) || []).filter(has);
      const outcome = term ? (term[1].match(/[A-Za-z_]\w*/g) || []).filter(has) : [];
      state = { ...state, focus, words: [...new Set([...own, ...(own.length ? [] : column[3].match(/[A-Za-z_]\w*/g).filter(has)), ...outcome])], cell: { study: parts[0], table: parts[1], id: parts[2], column, term }, way: "up", only: true };
    } else if (byName.has(parts[0])) state = { ...state, focus: byName.get(parts[0]), words: parts[1] ? [parts[1]] : [], cell: null, only: Boolean(parts[1]) };
    fill(); draw();
  };
  $("pick").addEventListener("change", (e) => { location.hash = e.target.value; });
  $("word").addEventListener("change", (e) => { location.hash = state.focus.name + (e.target.value ? "/" + e.target.value : ""); });
  document.querySelectorAll("[data-way]").forEach((b) => b.addEventListener("click", () => { state = { ...state, way: b.dataset.way }; fill(); draw(); }));
  $("seeds").addEventListener("click", () => { state = { ...state, seeds: !state.seeds }; fill(); draw(); });
  $("only").addEventListener("click", () => { state = { ...state, only: !state.only }; fill(); draw(); });
  addEventListener("hashchange", read); document.addEventListener("keytech-language", () => { fill(); draw(); }); read();
})();
