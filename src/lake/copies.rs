//! Which rows are copies of one record: those of one id, and of one tenant where the export names it.

use std::collections::HashMap;

/// Groups the places of `(id, tenant)` pairs that name one record; pairs alone are left out.
pub fn same_record<'a>(
    rows: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Vec<Vec<usize>> {
    type Placed<'a> = (usize, Option<&'a str>);
    let mut by_id: HashMap<&str, Placed<'_>, foldhash::fast::RandomState> = HashMap::default();
    let mut more: HashMap<&str, Vec<Placed<'_>>> = HashMap::new();
    for (i, (id, tenant)) in rows.enumerate() {
        let Some(id) = id else { continue };
        match by_id.get(id) {
            None => drop(by_id.insert(id, (i, tenant))),
            Some(first) => more
                .entry(id)
                .or_insert_with(|| vec![*first])
                .push((i, tenant)),
        }
    }
    let mut groups = Vec::new();
    for rows in more.into_values() {
        let mut by_tenant: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
        for (i, tenant) in rows {
            by_tenant.entry(tenant).or_default().push(i);
        }
        if by_tenant.len() == 2
            && let Some(homeless) = by_tenant.remove(&None)
        {
            by_tenant
                .values_mut()
                .for_each(|rows| rows.extend(&homeless));
        }
        groups.extend(by_tenant.into_values().filter(|rows| rows.len() > 1));
    }
    groups.iter_mut().for_each(|rows| rows.sort_unstable());
    groups.sort_unstable();
    groups
}
