//! How risky the place of a sign-in is, as the lake judged it, and why.

use serde::Serialize;

use super::load::SigninRow;
use crate::signin::location::Reason;
use crate::signin::schema::Signin;

/// The location risk of a sign-in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Risk {
    /// 0 to 100.
    pub points: i64,
    /// none, low, medium or high.
    pub level: String,
    /// They add up to the points.
    pub reasons: Vec<Why>,
    /// From the place of the user's last sign-in that knew the password.
    pub km_from_previous: Option<f64>,
    pub minutes_from_previous: Option<f64>,
}

/// One reason of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    pub reason: String,
    pub points: i64,
    pub meaning: Option<String>,
}

/// The risk of a sign-in; `None` where its day was never judged.
pub(super) fn risk(signin: &SigninRow) -> Option<Risk> {
    let reasons = signin.texts(Signin::LocationRiskReasons);
    Some(Risk {
        points: signin.int(Signin::LocationRisk)?,
        level: signin.word(Signin::LocationRiskLevel),
        reasons: reasons.iter().map(|text| why(text)).collect(),
        km_from_previous: signin.float(Signin::KmFromPrevious),
        minutes_from_previous: signin.float(Signin::MinutesFromPrevious),
    })
}

/// A reason as the lake writes it: its name and its points.
fn why(text: &str) -> Why {
    let (name, points) = text.rsplit_once(' ').unwrap_or((text, ""));
    let known = Reason::ALL.iter().find(|reason| reason.name() == name);
    Why {
        reason: name.to_owned(),
        points: points.parse().unwrap_or_default(),
        meaning: known.map(|reason| reason.meaning().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_as_they_were_written() {
        let told = why("compliant_device -30");
        assert_eq!(
            (told.reason.as_str(), told.points),
            ("compliant_device", -30)
        );
        assert!(told.meaning.is_some());
        let told = why("of_a_later_version +5");
        assert_eq!((told.points, told.meaning), (5, None));
    }
}
