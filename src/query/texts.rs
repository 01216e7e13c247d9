//! The texts of the built-in queries, by name.

/// Every file below `queries/`, which a test compares with the folder.
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("mfa/by_app", include_str!("../../queries/mfa/by_app.sql")),
    (
        "mfa/by_challenge",
        include_str!("../../queries/mfa/by_challenge.sql"),
    ),
    (
        "mfa/by_country",
        include_str!("../../queries/mfa/by_country.sql"),
    ),
    ("mfa/by_day", include_str!("../../queries/mfa/by_day.sql")),
    (
        "mfa/by_method",
        include_str!("../../queries/mfa/by_method.sql"),
    ),
    ("mfa/by_user", include_str!("../../queries/mfa/by_user.sql")),
    (
        "user/correlation",
        include_str!("../../queries/user/correlation.sql"),
    ),
    (
        "user/signins",
        include_str!("../../queries/user/signins.sql"),
    ),
];
