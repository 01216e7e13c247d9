//! Lists the cities where people live, travel and attack from, with coordinates and local time.
//!
//! Addresses come from ranges that belong to nobody (192.0.2.0/24, 198.51.100.0/24,
//! 203.0.113.0/24, 198.18.0.0/15, 2001:db8::/32), network numbers from those reserved for
//! documentation (64496-64511 and 65536-65551). Local time is winter time all year. Places from
//! Frankfurt on belong to tenants whose people move; `network` has the addresses of those.

use super::instant::{MINUTE, Ticks, hour_of_day, weekday};

/// A city as a record's `location` shows it.
pub(super) struct Place {
    pub(super) country: &'static str,
    pub(super) state: &'static str,
    pub(super) city: &'static str,
    pub(super) latitude: &'static str,
    pub(super) longitude: &'static str,
    /// Minutes that local time is ahead of UTC.
    pub(super) ahead: i64,
    /// Out of all people, how many live here; 0 for places only visited or attacked from.
    pub(super) weight: u32,
}

impl Place {
    /// The instant shifted so that its UTC fields read as local time.
    pub(super) fn local(&self, at: Ticks) -> Ticks {
        at + self.ahead * MINUTE
    }

    /// Kilometres to another place along the great circle, rounded.
    pub(super) fn kilometres(&self, other: &Self) -> i64 {
        let radians = |text: &str| text.parse::<f64>().unwrap_or(0.0).to_radians();
        let [north, south] = [self, other].map(|place| radians(place.latitude));
        let across = radians(other.longitude) - radians(self.longitude);
        let half = ((south - north) / 2.0).sin().powi(2)
            + north.cos() * south.cos() * (across / 2.0).sin().powi(2);
        (2.0 * 6_371.0 * half.sqrt().min(1.0).asin()).round() as i64
    }

    /// The middle of the country, where it is known.
    pub(super) fn middle(&self) -> Option<(&'static str, &'static str)> {
        let found = MIDDLES.iter().find(|row| row.0 == self.country);
        found.map(|row| (row.1, row.2))
    }

    /// How busy people here are at an instant, 0 to 255.
    pub(super) fn activity(&self, at: Ticks) -> u64 {
        let local = self.local(at);
        let hour = BUSY[hour_of_day(local)];
        if weekday(local) >= 5 {
            hour / 7 + 1
        } else {
            hour
        }
    }

    /// Whether offices here are open.
    pub(super) fn office_hours(&self, at: Ticks) -> bool {
        let local = self.local(at);
        weekday(local) < 5 && (8..18).contains(&hour_of_day(local))
    }
}

/// How busy a working day is, by local hour, out of 255.
const BUSY: [u64; 24] = [
    5, 3, 2, 2, 4, 12, 45, 120, 225, 255, 245, 215, 165, 220, 240, 225, 190, 130, 75, 55, 45, 35,
    20, 10,
];

const fn place(
    country: &'static str,
    state: &'static str,
    city: &'static str,
    position: (&'static str, &'static str),
    ahead: i64,
    weight: u32,
) -> Place {
    Place {
        country,
        state,
        city,
        latitude: position.0,
        longitude: position.1,
        ahead,
        weight,
    }
}

/// Every place; people refer to it by index. The first 24 are those of tenants that stay at home,
/// the hosting sites at their end; then further cities of countries where people live, resorts, and
/// cities that only strangers sign in from.
#[rustfmt::skip]
pub(super) static PLACES: [Place; 64] = [
    place("DE", "Bayern", "München", ("48.137428283691406", "11.575490951538086"), 60, 150),
    place("DE", "Berlin", "Berlin", ("52.519309997558594", "13.406089782714844"), 60, 110),
    place("GB", "England", "London", ("51.507221221923828", "-0.12750999629497528"), 0, 120),
    place("FR", "Paris", "Paris", ("48.856700897216797", "2.3508000373840332"), 60, 90),
    place("NL", "Utrecht", "Utrecht", ("52.090801239013672", "5.1222200393676758"), 60, 40),
    place("PL", "Mazowieckie", "Warszawa", ("52.229698181152344", "21.012199401855469"), 60, 50),
    place("ES", "Madrid", "Madrid", ("40.416698455810547", "-3.7035000324249268"), 60, 45),
    place("SE", "Stockholms Lan", "Stockholm", ("59.332500457763672", "18.064399719238281"), 60, 30),
    place("US", "New York", "New York", ("40.714298248291016", "-74.005996704101563"), -300, 110),
    place("US", "Illinois", "Chicago", ("41.883201599121094", "-87.632400512695313"), -360, 60),
    place("US", "California", "San Francisco", ("37.774898529052734", "-122.4194030761719"), -480, 60),
    place("CA", "Ontario", "Toronto", ("43.653999328613281", "-79.38079833984375"), -300, 30),
    place("BR", "Sao Paulo", "São Paulo", ("-23.5475", "-46.63610076904297"), -180, 25),
    place("IN", "Karnataka", "Bengaluru", ("12.971900939941406", "77.593696594238281"), 330, 70),
    place("JP", "Tokyo", "Tokyo", ("35.689498901367188", "139.69169616699219"), 540, 35),
    place("AU", "New South Wales", "Sydney", ("-33.867801666259766", "151.20730590820313"), 600, 25),
    place("ZA", "Gauteng", "Johannesburg", ("-26.202299118041992", "28.04360008239746"), 120, 15),
    place("CH", "Zurich", "Zürich", ("47.366699218750", "8.550000190734863"), 60, 25),
    place("AE", "Dubai", "Dubai", ("25.25820", "55.304698944091797"), 240, 0),
    place("PT", "Lisboa", "Lisboa", ("38.716701507568359", "-9.1332998275756836"), 0, 0),
    place("TH", "Krung Thep", "Bangkok", ("13.75", "100.51670074462891"), 420, 0),
    place("US", "Virginia", "Ashburn", ("39.043701171875", "-77.487503051757813"), -300, 0),
    place("SG", "", "Singapore", ("1.2896699905395508", "103.85006713867188"), 480, 0),
    place("NL", "Noord-Holland", "Amsterdam", ("52.378501892089844", "4.8999800682067871"), 60, 0),
    place("DE", "Hessen", "Frankfurt am Main", ("50.110298156738281", "8.6821002960205078"), 60, 0),
    place("DE", "Hamburg", "Hamburg", ("53.551101684570313", "9.9936997985839844"), 60, 0),
    place("GB", "England", "Manchester", ("53.480800628662109", "-2.2425999641418457"), 0, 0),
    place("GB", "Scotland", "Edinburgh", ("55.953300476074219", "-3.1882998943328857"), 0, 0),
    place("FR", "Rhone", "Lyon", ("45.764", "4.8357000350952148"), 60, 0),
    place("FR", "Haute-Garonne", "Toulouse", ("43.604698181152344", "1.4442000389099121"), 60, 0),
    place("NL", "Groningen", "Groningen", ("53.219398498535156", "6.5665001869201660"), 60, 0),
    place("PL", "Malopolskie", "Kraków", ("50.064701080322266", "19.944999694824219"), 60, 0),
    place("PL", "Pomorskie", "Gdańsk", ("54.352001190185547", "18.646600723266602"), 60, 0),
    place("ES", "Barcelona", "Barcelona", ("41.385101318359375", "2.1733999252319336"), 60, 0),
    place("ES", "Sevilla", "Sevilla", ("37.389099121093750", "-5.9844999313354492"), 60, 0),
    place("SE", "Vastra Gotalands Lan", "Göteborg", ("57.708900451660156", "11.974599838256836"), 60, 0),
    place("US", "Texas", "Dallas", ("32.776699066162109", "-96.796997070312500"), -360, 0),
    place("US", "Georgia", "Atlanta", ("33.748998641967773", "-84.388000488281250"), -300, 0),
    place("US", "Washington", "Seattle", ("47.606201171875", "-122.33209991455078"), -480, 0),
    place("CA", "Quebec", "Montréal", ("45.501701354980469", "-73.567298889160156"), -300, 0),
    place("BR", "Rio de Janeiro", "Rio de Janeiro", ("-22.906799316406250", "-43.172901153564453"), -180, 0),
    place("IN", "Maharashtra", "Mumbai", ("19.075899124145508", "72.877700805664063"), 330, 0),
    place("IN", "Delhi", "New Delhi", ("28.613899230957031", "77.208999633789063"), 330, 0),
    place("JP", "Osaka", "Osaka", ("34.693698883056641", "135.50230407714844"), 540, 0),
    place("AU", "Victoria", "Melbourne", ("-37.813598632812500", "144.96310424804688"), 600, 0),
    place("ZA", "Western Cape", "Cape Town", ("-33.924900054931641", "18.424100875854492"), 120, 0),
    place("CH", "Geneve", "Genève", ("46.204399108886719", "6.1431999206542969"), 60, 0),
    place("IE", "Dublin", "Dublin", ("53.349800109863281", "-6.2603001594543457"), 0, 0),
    place("TR", "Antalya", "Antalya", ("36.896900177001953", "30.713300704956055"), 180, 0),
    place("GR", "Attiki", "Athína", ("37.983798980712891", "23.727499008178711"), 120, 0),
    place("HR", "Splitsko-Dalmatinska", "Split", ("43.508098602294922", "16.440200805664063"), 60, 0),
    place("MX", "Quintana Roo", "Cancún", ("21.161899566650391", "-86.851501464843750"), -300, 0),
    place("ID", "Bali", "Denpasar", ("-8.6705007553100586", "115.21260070800781"), 480, 0),
    place("MA", "Marrakech-Safi", "Marrakech", ("31.629499435424805", "-7.9811000823974609"), 60, 0),
    place("EG", "Red Sea", "Hurghada", ("27.257900238037109", "33.811599731445313"), 120, 0),
    place("IS", "Hofudborgarsvaedi", "Reykjavík", ("64.146598815917969", "-21.942600250244141"), 0, 0),
    place("NG", "Lagos", "Lagos", ("6.5243997573852539", "3.3791999816894531"), 60, 0),
    place("RO", "Bucuresti", "București", ("44.426799774169922", "26.102499008178711"), 120, 0),
    place("VN", "Ha Noi", "Hà Nội", ("21.027799606323242", "105.83419799804688"), 420, 0),
    place("HK", "", "Hong Kong", ("22.319299697875977", "114.16940307617188"), 480, 0),
    place("AR", "Buenos Aires", "Buenos Aires", ("-34.603698730468750", "-58.381599426269531"), -180, 0),
    place("KR", "Seoul", "Seoul", ("37.566501617431641", "126.97799682617188"), 540, 0),
    place("MD", "Chisinau", "Chișinău", ("47.010501861572266", "28.863800048828125"), 120, 0),
    place("KZ", "Almaty", "Almaty", ("43.222000122070313", "76.851196289062500"), 300, 0),
];

/// Where a table of addresses puts those of which it knows the country alone.
const MIDDLES: [(&str, &str, &str); 15] = [
    ("DE", "51.2993", "9.491"),
    ("GB", "51.4964", "-0.1224"),
    ("FR", "48.8582", "2.3387"),
    ("NL", "52.3824", "4.8995"),
    ("PL", "52.2394", "21.0362"),
    ("ES", "40.4172", "-3.684"),
    ("SE", "59.3247", "18.056"),
    ("US", "37.751", "-97.822"),
    ("CA", "43.6319", "-79.3716"),
    ("BR", "-22.8305", "-43.2192"),
    ("IN", "21.9974", "79.0011"),
    ("JP", "35.6897", "139.6895"),
    ("AU", "-33.494", "143.2104"),
    ("ZA", "-29.0", "24.0"),
    ("CH", "47.1449", "8.1551"),
];

/// Where people who move go for work, beside the cities where others live.
pub(super) const OFFICES_ABROAD: std::ops::Range<u8> = 24..48;
/// Where they spend holidays, beside Dubai, Lisboa and Bangkok.
pub(super) const RESORTS: std::ops::Range<u8> = 48..56;
/// Where nobody of a tenant ever is.
pub(super) const STRANGE: std::ops::Range<u8> = 56..64;

/// Where holidays and business trips go.
pub(super) const DESTINATIONS: [u8; 8] = [18, 19, 20, 6, 8, 14, 2, 12];
/// Where services and attackers rent machines.
pub(super) const HOSTING: [u8; 3] = [21, 22, 23];
/// The network of the password spray.
pub(super) const SPRAY_NETWORK: u32 = 64_511;
/// The network of the MFA fatigue attack.
pub(super) const FATIGUE_NETWORK: u32 = 64_510;
/// The network of whoever reuses a victim's correlation id.
pub(super) const REUSE_NETWORK: u32 = 64_509;
/// The network of the services' machines.
pub(super) const HOSTING_NETWORK: u32 = 64_508;

/// The network of the homes of a place.
pub(super) fn home_network(place: u8) -> u32 {
    64_496 + u32::from(place) % 8
}

/// The network of the offices of a place.
pub(super) fn office_network(place: u8) -> u32 {
    64_504 + u32::from(place) % 4
}

/// The network of the telephones of a place.
pub(super) fn mobile_network(place: u8) -> u32 {
    65_536 + u32::from(place) % 16
}
