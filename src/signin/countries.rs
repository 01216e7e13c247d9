//! The table of countries: the name and region of every ISO 3166-1 alpha-2 code.
//!
//! The facts stand in `data/countries.csv`. A code that is not in the table is `None`, never guessed.

use std::sync::LazyLock;

use super::embedded;

const COLUMNS: &[&str] = &["code", "name", "region"];

/// One country or territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, in capitals.
    pub code: String,
    /// The English short name, in ASCII.
    pub name: String,
    /// UN M49: Africa, Americas, Asia, Europe or Oceania; Antarctica has none.
    pub region: Option<String>,
}

/// In the order of their codes.
static BUILT_IN: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let text = include_str!("../../data/countries.csv");
    let rows = embedded::read("countries.csv", text, COLUMNS).unwrap_or_default();
    rows.into_iter().filter_map(country_of).collect()
});

fn country_of(cells: Vec<String>) -> Option<Country> {
    let [code, name, region] = <[String; 3]>::try_from(cells).ok()?;
    Some(Country {
        code,
        name,
        region: Some(region).filter(|region| !region.is_empty()),
    })
}

/// Every country, in the order of their codes.
pub fn all() -> &'static [Country] {
    &BUILT_IN
}

/// The country of a code in any case; spaces around it do not count.
pub fn find(code: &str) -> Option<&'static Country> {
    let code: [u8; 2] = code.trim().as_bytes().try_into().ok()?;
    let code = code.map(|letter| letter.to_ascii_uppercase());
    let at = BUILT_IN.binary_search_by(|country| country.code.as_bytes().cmp(&code));
    at.ok().and_then(|at| BUILT_IN.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_found() {
        let text = include_str!("../../data/countries.csv");
        assert_eq!(all().len(), text.lines().count() - 1);
        assert_eq!(all().len(), 249);
        assert!(text.is_ascii());
        assert!(all().is_sorted_by(|a, b| a.code < b.code), "order of codes");
        let mut names: Vec<&str> = all().iter().map(|country| country.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().len(), "a name stands twice");
        for country in all() {
            assert!(country.code.bytes().all(|b| b.is_ascii_uppercase()));
            assert!(!country.name.is_empty() && country.name.trim() == country.name);
            assert_eq!(find(&country.code), Some(country));
            assert_eq!(find(&country.code.to_lowercase()), Some(country));
        }
    }

    /// The counts are those of UN M49, and Taiwan, which it does not list, in Asia.
    #[test]
    fn every_region_has_its_countries() {
        let count = |region: Option<&str>| {
            let regions = all().iter().map(|country| country.region.as_deref());
            regions.filter(|one| *one == region).count()
        };
        let regions = ["Africa", "Americas", "Asia", "Europe", "Oceania"];
        assert_eq!(
            regions.map(|region| count(Some(region))),
            [60, 57, 51, 51, 29]
        );
        assert_eq!(count(None), 1);
        assert_eq!(find("AQ").map(|country| country.region.clone()), Some(None));
    }

    #[test]
    fn what_is_no_code_is_not_found() {
        assert_eq!(
            find(" ch ").map(|country| country.name.as_str()),
            Some("Switzerland")
        );
        for no in ["", "C", "CHE", "ZZ", "XK", "UK", "c\u{e9}", "\u{e9}", "756"] {
            assert_eq!(find(no), None, "{no}");
        }
    }
}
