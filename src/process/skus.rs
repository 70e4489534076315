//! The merchant's SKUs, asked of the warehouse before the engine begins.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Method, Request};
use indexmap::IndexSet;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustc_hash::FxBuildHasher;
use serde::Deserialize;

use super::client::Caller;

/// Pages of a thousand rows: more SKUs than any merchant has.
const MOST_PAGES: usize = 10_000;
/// First pause before a warehouse that did not answer is asked again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
struct Page {
    stock: Vec<Row>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    sku: String,
}

/// Reads the SKUs, however long it takes until the warehouse answers. `trouble` is told what is in the way.
pub async fn read(caller: &Caller, token: &str, mut trouble: impl FnMut(&str)) -> Vec<String> {
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(caller, token).await {
            Ok(skus) => return skus,
            Err(why) => trouble(&why),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn attempt(caller: &Caller, token: &str) -> Result<Vec<String>, String> {
    let mut skus = IndexSet::<String, FxBuildHasher>::default();
    let mut after = None::<String>;
    for _ in 0..MOST_PAGES {
        let target = match &after {
            None => "/v1/stock?limit=1000".to_string(),
            Some(after) => format!(
                "/v1/stock?limit=1000&after={}",
                utf8_percent_encode(after, NON_ALPHANUMERIC)
            ),
        };
        let request = Request::builder()
            .method(Method::GET)
            .uri(target)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Vec::new())
            .map_err(|error| error.to_string())?;
        let response = caller
            .ask_warehouse(request)
            .await
            .map_err(|_| "it does not answer".to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answers {}", response.status()));
        }
        let page: Page = serde_json::from_slice(response.body())
            .map_err(|error| format!("its answer cannot be read: {error}"))?;
        skus.extend(page.stock.into_iter().map(|row| row.sku));
        match page.next {
            Some(next) => after = Some(next),
            None if skus.is_empty() => return Err("it has no SKUs".to_string()),
            None => return Ok(skus.into_iter().collect()),
        }
    }
    Err("its stock has no end".to_string())
}
