//! Where the links of a text are. Only a link that is not plain ASCII matters here: in others there is nothing to replace.

use std::ops::Range;

/// Quotes and brackets a writer puts behind a link.
const CLOSING: [char; 8] = ['”', '’', '»', '›', '"', '\'', ')', ']'];

/// The links, in order: `scheme://…`, `www.…` and `host.tld/…`, each to the next blank, without closing quotes.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    words(text)
        .filter_map(|word| link_in(&text[word.clone()]).map(|link| word.start + link.start..word.start + link.end))
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .map(move |word| {
            let start = word.as_ptr().addr() - text.as_ptr().addr();
            start..start + word.len()
        })
}

fn link_in(word: &str) -> Option<Range<usize>> {
    let start = start_of_link(word)?;
    let end = word.trim_end_matches(CLOSING).len();
    (start < end).then_some(start..end)
}

fn start_of_link(word: &str) -> Option<usize> {
    let is_host = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
    if let Some(scheme_end) = word.find("://") {
        return Some(word[..scheme_end].trim_end_matches(|c: char| is_host(c) || c == '+').len());
    }
    if let Some(at) = word.to_ascii_lowercase().find("www.") {
        return Some(at);
    }
    let slash = word.find('/')?;
    let start = word[..slash].trim_end_matches(is_host).len();
    let (_, top_level) = word[start..slash].rsplit_once('.')?;
    let is_domain = !top_level.is_empty() && top_level.chars().all(|character| character.is_ascii_alphabetic());
    is_domain.then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        ranges(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn links_are_found_without_their_quotes() {
        assert_eq!(
            links("see “https://a.example/x–y” or WWW.b.example, now"),
            ["https://a.example/x–y", "WWW.b.example,"]
        );
        assert_eq!(links("(volley.example/a–b)"), ["volley.example/a–b"]);
    }

    #[test]
    fn a_fraction_or_a_choice_is_no_link() {
        assert!(links("1/2 and/or … 3. on 12.05/13.05").is_empty());
    }
}
