//! The HTML page of a run: what must be so of it whatever ran, and what a browser says of it.

#![expect(clippy::disallowed_methods, reason = "looks how long rendering takes")]

mod browser;
mod markup;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use oversell::experiment::file_name;
use oversell::report::RunFiles;
use oversell::report::export::{ExportFormat, export};
use oversell::report::html::{MOST_BYTES, page};
use serde_json::{Value, json};

use markup::{tags, text_of};

/// A run's directory; it stays until the tests are over.
fn ran(arguments: &[&str], more: &[&str]) -> (tempfile::TempDir, PathBuf, String) {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(arguments)
        .args(more)
        .arg("--out")
        .arg(&out)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(0 | 99)),
        "{said}{errors}"
    );
    (place, out, said)
}

/// The run of most tests: two strategies through a rush.
fn rush() -> &'static Path {
    static RUN: OnceLock<(tempfile::TempDir, PathBuf, String)> = OnceLock::new();
    let run = RUN.get_or_init(|| {
        let scenario = ["--scenario", "flash-sale-10min"];
        ran(&scenario, &["--strategies", "trigger,mirror,escrow"])
    });
    &run.1
}

fn read(run: &Path) -> String {
    std::fs::read_to_string(run.join("report.html")).unwrap()
}

/// What must be so of every page.
fn is_sound(html: &str) {
    assert!(html.len() < MOST_BYTES, "{} bytes", html.len());
    let tags = tags(html);
    let attribute = |name: &'static str| {
        let values = tags.iter().filter_map(move |tag| tag.attribute(name));
        values.map(str::to_string).collect::<Vec<String>>()
    };
    for name in [
        "src",
        "srcset",
        "action",
        "formaction",
        "poster",
        "xlink:href",
    ] {
        assert_eq!(attribute(name), Vec::<String>::new(), "{name}");
    }
    let ids = attribute("id");
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), ids.len(), "an id twice: {ids:?}");
    assert!(
        ids.iter()
            .all(|id| !id.is_empty() && !id.contains(char::is_whitespace))
    );
    for link in attribute("href") {
        match link.strip_prefix('#') {
            Some(id) => assert!(ids.contains(&id.to_string()), "{link} leads nowhere"),
            None => assert!(
                link == "data:," || !link.contains(':') && !link.starts_with('/'),
                "{link} leaves the run directory"
            ),
        }
    }
    for name in ["aria-labelledby", "for"] {
        for named in attribute(name).iter().flat_map(|it| it.split(' ')) {
            assert!(ids.contains(&named.to_string()), "{name} {named}");
        }
    }
    for style in ["@import", "url(", "@font-face", "javascript:"] {
        assert!(!html.contains(style), "{style}");
    }
    // Headings go down one at a time.
    let mut level = 0;
    for tag in tags
        .iter()
        .filter(|tag| matches!(tag.name.as_str(), "h1" | "h2" | "h3"))
    {
        let own: u32 = tag.name[1..].parse().unwrap();
        assert!(own <= level + 1, "{} after h{level}", tag.name);
        level = own;
    }
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    for once in ["h1", "main", "header", "nav", "footer", "title"] {
        let own = tags
            .iter()
            .filter(|tag| tag.name == once && !tag.is_in_svg)
            .count();
        assert_eq!(own, 1, "{once}");
    }
    for image in tags
        .iter()
        .filter(|tag| tag.attribute("role") == Some("img"))
    {
        assert!(image.attribute("aria-labelledby").is_some(), "{image:?}");
    }
    assert!(count("script") <= 2, "data, and our own");
    assert!(!html.contains("NaN") && !html.contains("undefined"));
    let handlers = tags
        .iter()
        .flat_map(|tag| &tag.attributes)
        .filter(|(name, _)| name.starts_with("on"));
    assert_eq!(handlers.count(), 0, "no handler in an attribute");
}

#[test]
fn the_page_of_a_rush_stands_alone_and_is_in_order() {
    let html = read(rush());
    is_sound(&html);
    let text = text_of(&html);
    let order = [
        "escrow sold",
        "again with",
        "What was promised, and what was kept",
        "At a glance",
        "The picture",
        "Why, and where the time went",
        "Oversell against lost sales",
        "How old the counts were",
        "Orders: offered, accepted, refused",
        "Rate limits",
        "Signals",
        "The worst units explained",
        "Same order, three schemas",
        "What goes wrong costs",
        "its values with sources and dates",
    ];
    let mut from = 0;
    for heading in order {
        let found = text[from..].find(heading);
        from += found.unwrap_or_else(|| panic!("{heading} is not where it belongs"));
    }
    // What is written is what was measured.
    let figures: Value =
        serde_json::from_str(&std::fs::read_to_string(rush().join("figures.json")).unwrap())
            .unwrap();
    for run in figures["strategies"].as_array().unwrap() {
        let oversold = run["figures"]["oversold_units"].as_u64().unwrap();
        let sold = run["figures"]["accepted_units"].as_u64().unwrap();
        let thousands = |number: u64| match number {
            0..1_000 => number.to_string(),
            _ => format!("{},{:03}", number / 1_000, number % 1_000),
        };
        let said = format!(
            "{}\n{}\noversold",
            run["strategy"].as_str().unwrap(),
            thousands(oversold)
        );
        assert!(text.contains(&said), "{said}");
        assert!(text.contains(&format!("{} units sold", thousands(sold))));
    }
    assert_eq!(figures["strategies"][2]["figures"]["oversold_units"], 0);
}

#[test]
fn a_line_opens_the_page_and_no_report_leaves_it_out() {
    let run = ["--scenario", "last-unit", "--strategies", "mirror"];
    let (_place, out, said) = ran(&run, &[]);
    let open = format!("open {}", out.join("report.html").display());
    assert!(said.lines().any(|line| line == open), "{said}");
    is_sound(&read(&out));
    assert!(out.join("playback/mirror.json").exists() && out.join("causes/mirror.jsonl").exists());
    let (_place, out, said) = ran(&run, &["--no-report"]);
    assert!(
        said.lines().last().unwrap().starts_with("written to"),
        "{said}"
    );
    for left_out in ["report.html", "playback", "causes"] {
        assert!(!out.join(left_out).exists(), "{left_out}");
    }
    // It can be made from such a run all the same, and says what is not there.
    let html = page(&RunFiles::read(&out).unwrap()).unwrap();
    is_sound(&html);
    assert!(text_of(&html).contains("Causes were not asked for in this run."));
}

#[test]
fn planned_faults_are_shaded() {
    let (_place, out, _) = ran(
        &["--scenario", "webhook-outage", "--strategies", "mirror"],
        &[],
    );
    let html = read(&out);
    is_sound(&html);
    let figures: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("figures.json")).unwrap()).unwrap();
    let windows = figures["fault_windows"].as_array().unwrap();
    assert!(!windows.is_empty());
    for window in windows {
        assert!(
            window["from_s"].as_f64() < window["until_s"].as_f64(),
            "{window}"
        );
        assert!(text_of(&html).contains(window["kind"].as_str().unwrap()));
    }
    assert!(html.contains(r#"<rect class="window""#));
}

#[test]
fn what_others_named_is_text_and_nothing_else() {
    let (place, out, _) = ran(
        &["--scenario", "last-unit", "--strategies", "mirror,escrow"],
        &[],
    );
    let hostile = r#"</script><script>alert("x")</script><img src=x onerror='alert(1)'>&amp;"#;
    let name = r#"<img src=x onerror="alert(1)">"#;
    let named_so = file_name(name);
    let edit = |file: &str, change: &dyn Fn(&mut Value)| {
        let path = out.join(file);
        let mut value: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut value);
        std::fs::write(&path, value.to_string()).unwrap();
    };
    edit("manifest.json", &|it| {
        it["scenario"] = json!(hostile);
        it["command"] = json!(hostile);
        it["orders"] = json!(hostile);
        it["strategies"][0] = json!(name);
        it["program_version"] = json!(hostile);
        let files = it["files"].as_array_mut().unwrap();
        for file in files.iter_mut() {
            let own = file.as_str().unwrap();
            if let Some((folder, rest)) = own.split_once("/mirror.") {
                *file = json!(format!("{folder}/{named_so}.{rest}"));
            }
        }
    });
    for folder in ["series", "histograms", "causes", "playback"] {
        for file in std::fs::read_dir(out.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let own = path.file_name().unwrap().to_str().unwrap().to_string();
            if let Some(rest) = own.strip_prefix("mirror.") {
                std::fs::rename(&path, out.join(folder).join(format!("{named_so}.{rest}")))
                    .unwrap();
            }
        }
    }
    edit("figures.json", &|it| {
        for member in ["scenario", "title", "currency", "rerun"] {
            it[member] = json!(hostile);
        }
        it["fault_windows"] =
            json!([{"kind": hostile, "channel": hostile, "from_s": 1.0, "until_s": 1e9}]);
        let run = &mut it["strategies"][0];
        run["strategy"] = json!(name);
        run["guarantees"][0]["caveat"] = json!(hostile);
        run["causes"]["rows"][0]["channel"] = json!(hostile);
        run["limits"][0]["system"] = json!(hostile);
        run["limits"][0]["peak_utilisation"] = json!(0.5);
        run["causes"]["worst_skus"][0]["example"]["links"][0]["what"] = json!(hostile);
        run["causes"]["worst_skus"][0]["example"]["fault"] = json!(hostile);
    });
    edit(&format!("playback/{named_so}.json"), &|it| {
        it["channels"][0] = json!(hostile)
    });
    std::fs::write(out.join("scenario.toml"), format!("# {hostile}\n")).unwrap();
    let body = json!({"channel": hostile, "platform": hostile, "operation": hostile, "media": hostile, "body": hostile,
                      "canonical": {hostile: hostile}});
    let order = json!({"sku": 1, "strategy": hostile, "channels": [body]});
    std::fs::write(out.join("one_order.json"), order.to_string()).unwrap();
    edit("manifest.json", &|it| {
        it["files"]
            .as_array_mut()
            .unwrap()
            .push(json!("one_order.json"))
    });
    let html = page(&RunFiles::read(&out).unwrap()).unwrap();
    is_sound(&html);
    assert!(tags(&html).iter().all(|tag| tag.name != "img"));
    assert!(!html.contains("<script>alert"));
    assert!(html.matches("&lt;/script&gt;").count() > 10, "it is shown");
    let svg = export(&[out], ExportFormat::Svg).unwrap();
    assert!(
        tags(&svg)
            .iter()
            .all(|tag| !matches!(tag.name.as_str(), "img" | "script"))
    );
    browser::says_nothing(&html, place.path());
}

/// The picture as a file of its own has the lines of the page, every colour written out, and nothing that leads elsewhere.
#[test]
fn the_picture_stands_alone() {
    let svg = export(&[rush().to_path_buf()], ExportFormat::Svg).unwrap();
    let html = read(rush());
    let picture = |text: &str| text.matches(r#"<path class="line "#).count();
    let begin = html.find(r#"<div class="wide">"#).unwrap();
    let on_page = &html[begin..begin + html[begin..].find("</div>").unwrap()];
    let in_legend = svg.matches(r#"d="M1 7H29"/>"#).count();
    assert!(picture(on_page) >= 4, "the truth and three channels");
    assert_eq!(picture(&svg) - in_legend, picture(on_page));
    assert_eq!(in_legend, picture(on_page), "each line is explained");
    assert!(
        svg.starts_with("<svg xmlns=") && svg.contains("<title>flash-sale-10min, seed 1, trigger")
    );
    for elsewhere in ["var(", "url(", "href", "<script", "@import"] {
        assert!(!svg.contains(elsewhere), "{elsewhere}");
    }
    let (_place, out, _) = ran(&["--scenario", "last-unit", "--strategies", "escrow"], &[]);
    let error = export(&[out], ExportFormat::Svg).unwrap_err();
    assert!(error.to_string().contains("nothing to picture"), "{error}");
}

#[test]
fn rendering_takes_less_than_a_second() {
    let run = RunFiles::read(rush()).unwrap();
    let begun = Instant::now();
    let html = page(&run).unwrap();
    let took = begun.elapsed();
    assert_eq!(html, page(&run).unwrap(), "the same from the same files");
    // Tests are built without optimisation, and others run beside this one.
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_browser_reads_and_plays_it() {
    browser::examines(&rush().join("report.html"));
}

/// Ends a service, whatever became of the test.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_browser_looks_on_live() {
    let place = tempfile::tempdir().unwrap();
    let mut service = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["serve", "--format", "json", "--out"])
        .arg(place.path().join("run"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = service.stdout.take().unwrap();
    let _ended = Ended(service);
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    browser::watches(&format!("{}/", said["control"]["url"].as_str().unwrap()));
}

#[test]
fn one_order_is_told_three_times_and_read_alike() {
    let run = rush();
    let text = std::fs::read_to_string(run.join("one_order.json")).unwrap();
    let told: Value = serde_json::from_str(&text).unwrap();
    let channels = told["channels"].as_array().unwrap();
    let platforms: Vec<&str> = channels
        .iter()
        .map(|it| it["platform"].as_str().unwrap())
        .collect();
    assert_eq!(platforms, ["shopify", "amazon", "tiktok_shop"]);
    let sku = told["sku"]
        .as_u64()
        .expect("a rush sells its SKUs everywhere");
    let page = read(run);
    for own in channels {
        let body = own["body"].as_str().unwrap();
        assert!(body.len() <= 8 << 10, "{} bytes", body.len());
        let canonical = &own["canonical"];
        let key = canonical["key"].as_str().unwrap();
        assert!(body.contains(key), "the body is another order's: {body}");
        let line = &canonical["lines"][0];
        let code = line["sku"].as_str().unwrap();
        assert!(
            code.ends_with(&format!("{sku:05}")),
            "{code} is not SKU {sku}"
        );
        assert!(body.contains(code), "{body}");
        assert!(line["units"].as_u64().unwrap() >= 1);
        let shown = text_of(&page);
        assert!(shown.contains(key), "the page shows it");
        assert!(shown.contains(&format!(
            "{}: the canonical order",
            own["channel"].as_str().unwrap()
        )));
    }
    let kept_nothing = "This run kept no order";
    assert!(!page.contains(kept_nothing));
}

/// Many seeds with causes, thresholds and a baseline: their page has all of it, is made anew from the directory as it was, and
/// is drawn where the numbers are.
#[test]
fn the_page_of_many_seeds_shows_intervals() {
    let kept = tempfile::tempdir().unwrap();
    let kept = kept.path().display().to_string();
    let asked = [
        "--scenario",
        "last-unit",
        "--seeds",
        "12",
        "--causes",
        "--threshold-warn",
        "oversold_units{contender=mirror} < 4",
        "--baseline-dir",
        &kept,
    ];
    let (_before, ..) = ran(&asked, &["--save-baseline", "main"]);
    let (_place, run, said) = ran(&asked, &["--baseline", "main"]);
    let html = read(&run);
    is_sound(&html);
    assert!(
        said.lines()
            .any(|line| line == format!("open {}/report.html", run.display())),
        "{said}"
    );
    let text = text_of(&html);
    let order = [
        "1..12 (12)",
        "again with",
        "What was promised, and what was kept",
        "of 12",
        "broken",
        "At a glance",
        "How sure it is",
        "Oversell against lost sales",
        "On the same seeds, run by run",
        "Why units were oversold",
        "in flight",
        "Thresholds, judged on the interval",
        "Beside earlier runs on the same seeds",
        "unchanged",
        "Channel by channel",
    ];
    let mut from = 0;
    for words in order {
        let at = text[from..].find(words);
        from += at.unwrap_or_else(|| panic!("{words} after {}", &text[..from]));
    }
    assert!(!text.contains("One seed is one story"));
    // A mark for each contender, over its interval.
    let document: Value =
        serde_json::from_slice(&std::fs::read(run.join("replications.json")).unwrap()).unwrap();
    let contenders = document["summaries"].as_array().unwrap().len();
    let chart = html.split("id=\"oversold\"").nth(1).unwrap();
    let chart = chart.split("</figure>").next().unwrap();
    assert_eq!(chart.matches("class=\"reach\"").count(), contenders);
    assert_eq!(chart.matches("class=\"interval\"").count(), 3 * contenders);
    let again = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["report", "--format", "html"])
        .arg(&run)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(again.stdout).unwrap(), html);
    browser::examines_still(&run.join("report.html"));
    let (_place, run, said) = ran(&asked, &["--no-report"]);
    assert!(!run.join("report.html").exists() && !said.contains("report.html"));
}
