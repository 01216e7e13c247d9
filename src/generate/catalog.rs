//! Lists the applications, clients, names and codes that records mention.
//!
//! The texts beside the codes are our own short ones, not Microsoft's sentences.

/// An application and the resource it asks for.
pub(super) struct App {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) resource_id: &'static str,
    pub(super) resource: &'static str,
    /// Which Conditional Access policies look at it: 0 office, 1 administration, 2 business, 3 mail.
    pub(super) group: u8,
    /// How often it is used.
    pub(super) weight: u32,
    /// Scopes of a silent token request, as JSON text inside a JSON string.
    pub(super) scopes: &'static str,
    /// Whether Microsoft publishes it.
    pub(super) first_party: bool,
}

const fn app(
    names: (&'static str, &'static str),
    resource: (&'static str, &'static str),
    group: u8,
    weight: u32,
    first_party: bool,
    scopes: &'static str,
) -> App {
    App {
        id: names.0,
        name: names.1,
        resource_id: resource.0,
        resource: resource.1,
        group,
        weight,
        scopes,
        first_party,
    }
}

const GRAPH: (&str, &str) = ("00000003-0000-0000-c000-000000000000", "Microsoft Graph");
const EXCHANGE: (&str, &str) = (
    "00000002-0000-0ff1-ce00-000000000000",
    "Office 365 Exchange Online",
);
const SHAREPOINT: (&str, &str) = (
    "00000003-0000-0ff1-ce00-000000000000",
    "Office 365 SharePoint Online",
);
const AZURE: (&str, &str) = (
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "Windows Azure Service Management API",
);

/// Index of the mail application, used by legacy clients and the spray.
pub(super) const MAIL: u16 = 1;

/// Every application, by index.
#[rustfmt::skip]
pub(super) static APPS: [App; 14] = [
    app(("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"), GRAPH, 0, 160, true,
        r#"[\"User.Read\",\"Sites.Read.All\",\"profile\",\"openid\",\"email\"]"#),
    app(EXCHANGE, EXCHANGE, 3, 200, true, r#"[\"Mail.ReadWrite\",\"Calendars.ReadWrite\",\"Contacts.Read\"]"#),
    app(("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"), GRAPH, 0, 220, true,
        r#"[\"Presence.ReadWrite\",\"Chat.ReadWrite\",\"Team.ReadBasic.All\",\"User.Read\",\"profile\",\"openid\"]"#),
    app(("5e3ce6c0-2b1f-4285-8d4b-75ee78787346", "Microsoft Teams Web Client"), GRAPH, 0, 90, true,
        r#"[\"Presence.ReadWrite\",\"User.Read\"]"#),
    app(("d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office"), SHAREPOINT, 0, 150, true,
        r#"[\"Files.ReadWrite.All\",\"user_impersonation\"]"#),
    app(SHAREPOINT, SHAREPOINT, 0, 110, true, r#"[\"AllSites.Write\",\"MyFiles.Write\"]"#),
    app(("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal"), AZURE, 1, 35, true,
        r#"[\"user_impersonation\"]"#),
    app(("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI"), AZURE, 1, 18, true,
        r#"[\"user_impersonation\"]"#),
    app(("1b730954-1685-4b74-9bfd-dac224a7b894", "Azure Active Directory PowerShell"), GRAPH, 1, 8, true,
        r#"[\"Directory.AccessAsUser.All\"]"#),
    app(("6c1f3a20-58b1-4c0e-9d77-2f51e8a40b11", "Contoso Expenses"), GRAPH, 2, 50, false,
        r#"[\"User.Read\",\"openid\"]"#),
    app(("9a2e7d54-03c6-4f1b-8e25-71b0c96d3f22", "Contoso Wiki"), GRAPH, 2, 60, false, r#"[\"User.Read\"]"#),
    app(("e47b90c1-6d2f-4a38-b5e9-08f3d1a7c433", "Time Sheets"), GRAPH, 2, 45, false,
        r#"[\"User.Read\",\"profile\"]"#),
    app(("2d85f6a3-914e-47c0-a6b8-c3e07f15d944", "Sales Desk"), GRAPH, 2, 40, false,
        r#"[\"User.Read\",\"People.Read\",\"Contacts.Read\"]"#),
    app(("b03c58e7-f29a-4d61-8c74-5ae9210fb655", "Field Reports"), SHAREPOINT, 2, 20, false,
        r#"[\"AllSites.Read\"]"#),
];

/// A program that a person signs in with.
pub(super) struct Client {
    pub(super) app_used: &'static str,
    /// Empty when the program sends none.
    pub(super) agent: &'static str,
    pub(super) system: &'static str,
    pub(super) browser: &'static str,
}

const fn client(
    app_used: &'static str,
    system: &'static str,
    browser: &'static str,
    agent: &'static str,
) -> Client {
    Client {
        app_used,
        agent,
        system,
        browser,
    }
}

const RICH: &str = "Mobile Apps and Desktop clients";

/// Every client, by index: computers 0-5, telephones 6-8, then those of legacy mail and scripts.
#[rustfmt::skip]
pub(super) static CLIENTS: [Client; 12] = [
    client("Browser", "Windows10", "Edge 143.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0"),
    client("Browser", "Windows10", "Chrome 143.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"),
    client("Browser", "MacOs", "Safari 18.5",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"),
    client("Browser", "Linux", "Firefox 146.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"),
    client(RICH, "Windows10", "Rich Client 5.0.19.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; WebView/3.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.102 Safari/537.36 Edge/18.26100"),
    client("Browser", "Windows10", "Edge 142.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"),
    client(RICH, "Ios 18.5", "Mobile Safari",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"),
    client("Browser", "Android", "Chrome Mobile 143.0.0",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36"),
    client(RICH, "Android", "", ""),
    client("IMAP4", "", "", "BAV2ROPC"),
    client("Browser", "", "Python Requests 2.32", "python-requests/2.32.3"),
    client("Browser", "Linux", "Chrome 128.0.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36"),
];

/// Index of the first telephone client.
pub(super) const FIRST_PHONE: u8 = 6;
/// Index of the legacy mail client.
pub(super) const IMAP: u8 = 9;
/// Index of the client of a scripted attack.
pub(super) const SCRIPT: u8 = 10;
/// Index of the client of an attacker at a keyboard.
pub(super) const STRANGER: u8 = 11;

/// Given names.
#[rustfmt::skip]
pub(super) static GIVEN: [&str; 32] = [
    "Anna", "Ben", "Clara", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jürgen", "Kavya", "Liam",
    "Mei", "Noah", "Olga", "Pedro", "Quinn", "Rosa", "Samir", "Tessa", "Umar", "Vera", "Wen", "Ximena",
    "Yusuf", "Zoë", "Aiko", "Björn", "Chloé", "Dana", "Emil", "Freya",
];

/// Family names.
#[rustfmt::skip]
pub(super) static FAMILY: [&str; 32] = [
    "Adler", "Brooks", "Costa", "Dubois", "Eriksson", "Fischer", "Gupta", "Hansen", "Ito", "Jansen", "Kowalski",
    "Lopez", "Müller", "Nowak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Varga",
    "Weber", "Xu", "Yilmaz", "Zimmermann", "Archer", "Bianchi", "Clarke", "Demir", "O'Neill", "Svensson",
];

/// The short text beside an error code; empty for success.
pub(super) fn failure_text(code: u32) -> &'static str {
    match code {
        0 => "",
        50_053 => {
            "Sign-in was stopped: too many attempts with a wrong user name or password locked the account."
        }
        50_055 => "The password has expired.",
        50_058 => "The silent request found no signed-in user.",
        50_072 | 50_079 => {
            "The user has to register for multifactor authentication before going on."
        }
        50_074 => "Strong authentication is required.",
        50_076 => "Multifactor authentication is required because of a policy or a new location.",
        50_126 => "Invalid user name or password.",
        50_140 => "The user was asked whether to stay signed in.",
        50_158 => "An external security challenge was not yet met.",
        50_173 => "The grant was revoked; a fresh token is needed.",
        53_003 => "Access was blocked by Conditional Access policies.",
        65_001 => "The user or an administrator has not consented to the application.",
        70_043 => "The refresh token is too old for the sign-in frequency in force.",
        500_121 => "Authentication failed during the strong authentication request.",
        700_082 => "The refresh token has expired because it was not used.",
        7_000_215 => "An invalid client secret was given.",
        7_000_222 => "The client secret has expired.",
        7_000_232 => "The managed identity may not get this token.",
        _ => "The request could not be completed.",
    }
}
