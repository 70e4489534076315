// Plays the worst SKU of each contender. The page reads the same without it.
(function () {
  "use strict";
  var island = document.getElementById("playback-data");
  var player = document.getElementById("player");
  if (!island || !player) { return; }
  var runs = JSON.parse(island.textContent);
  if (!runs.length) { return; }
  var byId = function (id) { return document.getElementById(id); };
  var select = byId("player-name"), toggle = byId("player-toggle"), slider = byId("player-time");
  var clock = byId("player-clock"), counters = byId("player-counters"), bars = byId("player-bars");
  var run = runs[0], timer = null, rows = [], most = 1;
  var SECONDS_OF_PLAY = 20, MILLISECONDS = 50;

  var element = function (name, text, parent, className) {
    var made = document.createElement(name);
    if (text !== "") { made.textContent = text; }
    if (className) { made.className = className; }
    parent.appendChild(made);
    return made;
  };
  var two = function (number) { return (number < 10 ? "0" : "") + number; };
  var moment = function (seconds) {
    var whole = Math.max(0, Math.round(seconds));
    return Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
  };
  var sum = function (numbers) { return numbers.reduce(function (a, b) { return a + b; }, 0); };

  // The last frame that is not later than a moment.
  var frameAt = function (run, seconds) {
    var low = 0, high = run.frames.length - 1;
    while (low < high) {
      var middle = Math.ceil((low + high) / 2);
      if (run.frames[middle][0] <= seconds) { low = middle; } else { high = middle - 1; }
    }
    return run.frames[low];
  };

  var prepare = function () {
    counters.textContent = "";
    bars.textContent = "";
    rows = [];
    ["left of SKU " + (run.code || run.sku), "sold", "oversold"].forEach(function (name, position) {
      var group = element("div", "", counters, position === 2 ? "bad" : "");
      element("dt", name, group);
      rows.push({ value: element("dd", "", group) });
    });
    ["really there"].concat(run.channels.map(function (name) { return "on " + name; })).forEach(function (name, position) {
      var group = element("div", "", bars, "bar-row");
      element("span", name, group, "bar-name");
      var track = element("span", "", group, "track");
      var bar = element("span", "", track, position === 0 ? "truth" : "c" + ((position - 1) % 8));
      var sold = position === 0 ? null : element("span", "", group, "bar-sold");
      rows.push({ bar: bar, value: element("span", "", group, "bar-value"), sold: sold });
    });
    most = 1;
    run.frames.forEach(function (frame) {
      most = Math.max(most, frame[1]);
      frame[2].forEach(function (shown) { most = Math.max(most, shown || 0); });
    });
  };

  var show = function () {
    var part = Number(slider.value) / Number(slider.max);
    var at = run.from_s + part * (run.until_s - run.from_s);
    var frame = frameAt(run, at);
    var sold = sum(frame[4]);
    rows[0].value.textContent = String(frame[1]);
    rows[1].value.textContent = String(sold);
    rows[2].value.textContent = String(frame[3]);
    [frame[1]].concat(frame[2]).forEach(function (units, position) {
      var row = rows[position + 3];
      row.value.textContent = units === null ? "-" : String(units);
      row.bar.style.width = (100 * Math.max(0, units || 0) / most) + "%";
      if (row.sold) { row.sold.textContent = frame[4][position - 1] + " sold"; }
    });
    clock.textContent = moment(at);
    slider.setAttribute("aria-valuetext", moment(at) + ": " + frame[1] + " left, " + sold + " sold, " + frame[3] + " oversold");
    document.querySelectorAll(".playhead").forEach(function (line) { line.remove(); });
    if (part > 0) { playhead(at); }
  };

  // A line through the picture of the contender that is played.
  var playhead = function (at) {
    var figure = document.querySelector('[data-contender="' + run.position + '"]');
    if (!figure || run.sku !== Number(figure.dataset.sku)) { return; }
    figure.querySelectorAll("svg[data-left]").forEach(function (svg) {
      var left = Number(svg.dataset.left), right = Number(svg.dataset.right);
      var x = left + (right - left) * (at - run.from_s) / (run.until_s - run.from_s);
      var line = document.createElementNS("http://www.w3.org/2000/svg", "line");
      line.setAttribute("class", "playhead");
      line.setAttribute("x1", x); line.setAttribute("x2", x);
      line.setAttribute("y1", svg.dataset.top); line.setAttribute("y2", svg.dataset.bottom);
      svg.appendChild(line);
    });
  };

  // Pointing at a picture reads its values.
  var hover = function (figure) {
    var own = runs.filter(function (it) { return String(it.position) === figure.dataset.contender; })[0];
    if (!own || own.sku !== Number(figure.dataset.sku)) { return; }
    figure.querySelectorAll("svg[data-left]").forEach(function (svg) {
      var box = null;
      svg.addEventListener("pointermove", function (event) {
        var frame = svg.getBoundingClientRect(), around = figure.getBoundingClientRect();
        var scale = svg.viewBox.baseVal.width / frame.width;
        var left = Number(svg.dataset.left), right = Number(svg.dataset.right);
        var part = ((event.clientX - frame.left) * scale - left) / (right - left);
        if (part < 0 || part > 1) { return; }
        var at = own.from_s + part * (own.until_s - own.from_s);
        var found = frameAt(own, at);
        if (!box) { box = element("div", "", figure, "hover"); box.setAttribute("aria-hidden", "true"); }
        var lines = [moment(at), "really there: " + found[1]];
        own.channels.forEach(function (name, channel) {
          var shown = found[2][channel];
          lines.push("on " + name + ": " + (shown === null ? "-" : shown));
        });
        box.textContent = lines.concat(["oversold: " + found[3]]).join("\n");
        var x = event.clientX - around.left + 14;
        if (x + box.offsetWidth > around.width) { x -= box.offsetWidth + 28; }
        box.style.left = Math.max(0, x) + "px";
        box.style.top = (event.clientY - around.top + 10) + "px";
      });
      svg.addEventListener("pointerleave", function () {
        if (box) { box.remove(); box = null; }
      });
    });
  };

  var pause = function () {
    if (timer !== null) { window.clearInterval(timer); }
    timer = null;
    toggle.textContent = "Play";
  };
  var play = function () {
    if (Number(slider.value) >= Number(slider.max)) { slider.value = "0"; }
    toggle.textContent = "Pause";
    var step = Number(slider.max) * MILLISECONDS / (1000 * SECONDS_OF_PLAY);
    var exact = Number(slider.value);
    timer = window.setInterval(function () {
      exact = Math.min(Number(slider.max), exact + step);
      slider.value = String(Math.round(exact));
      show();
      if (exact >= Number(slider.max)) { pause(); }
    }, MILLISECONDS);
  };

  toggle.addEventListener("click", function () { if (timer === null) { play(); } else { pause(); } });
  slider.addEventListener("input", function () { pause(); show(); });
  select.addEventListener("change", function () {
    run = runs[Number(select.value)];
    prepare();
    show();
  });
  document.querySelectorAll("[data-contender]").forEach(hover);
  player.hidden = false;
  prepare();
  show();
}());
