//! Finds the paths in Rust source and resolves them. `proc-macro2` reads the tokens, so that comments and texts do not count.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// All paths in a file of the module `module` that start in its crate, resolved: `["world", "ledger"]`. A group,
/// `crate::{a, b::c}`, gives one path for each of its members.
pub fn paths(source: &str, module: &[String]) -> Vec<Vec<String>> {
    let stream: TokenStream = source
        .parse()
        .unwrap_or_else(|error| panic!("{module:?}: {error}"));
    let mut found = Vec::new();
    walk(stream, module, &mut found);
    found
}

fn walk(stream: TokenStream, module: &[String], found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let inline = match &tokens[at.saturating_sub(2)..at] {
                    [TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == "mod" => {
                        Some(name.to_string())
                    }
                    _ => None,
                };
                let mut inside = module.to_vec();
                inside.extend(inline);
                walk(group.stream(), &inside, found);
                at += 1;
            }
            TokenTree::Ident(_) if !follows_path(&tokens, at) => {
                at = path(&tokens, at, module, found)
            }
            _ => at += 1,
        }
    }
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_path_separator(tokens, at - 2)
}

/// Reads the path that begins at an identifier, if it begins in the crate; gives where to go on.
fn path(tokens: &[TokenTree], at: usize, module: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let TokenTree::Ident(first) = &tokens[at] else {
        return at + 1;
    };
    let base = match first.to_string().as_str() {
        "crate" | "oversell" | "oversell_simulation" => Vec::new(),
        "super" => module[..module.len().saturating_sub(1)].to_vec(),
        "self" => module.to_vec(),
        _ => return at + 1,
    };
    if !is_path_separator(tokens, at + 1) {
        return at + 1;
    }
    rest(tokens, at + 3, base, found)
}

/// Reads on behind a separator; `base` is the path so far.
fn rest(
    tokens: &[TokenTree],
    mut at: usize,
    mut base: Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => {
                match name.to_string().as_str() {
                    "super" => {
                        base.pop();
                    }
                    "self" => {}
                    name => base.push(name.to_string()),
                }
                if !is_path_separator(tokens, at + 1) {
                    found.push(base);
                    return at + 1;
                }
                at += 3;
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let members: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
                for member in members.split(is_comma).filter(|member| !member.is_empty()) {
                    rest(member, 0, base.clone(), found);
                }
                return at + 1;
            }
            _ => {
                found.push(base);
                return at + 1;
            }
        }
    }
}
