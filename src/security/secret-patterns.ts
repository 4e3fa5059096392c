const REDACTED = "[redacted]";

/** Keys by the letters that their makers begin them with. */
const VENDORS = [
  // OpenAI, Anthropic, OpenRouter and who copies them
  "sk-[\\w-]{16,}",
  // GitHub, GitLab
  "gh[pousr]_[A-Za-z0-9]{20,}",
  "github_pat_\\w{20,}",
  "glpat-[\\w-]{16,}",
  // Slack
  "xox[a-z]-[\\w-]{10,}",
  "xapp-[\\w-]{10,}",
  // AWS
  "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  // Google
  "AIza[\\w-]{30,}",
  "ya29\\.[\\w-]{16,}",
  "GOCSPX-[\\w-]{16,}",
  // Stripe, Hugging Face, npm, Tavily, LangSmith
  "[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
  "hf_[A-Za-z0-9]{24,}",
  "npm_[A-Za-z0-9]{30,}",
  "tvly-[\\w-]{16,}",
  "lsv2_(?:pt|sk)_\\w{16,}",
];

/** What a secret is assigned to in a text. */
const NAMES = [
  "pass(?:word|wd|phrase)",
  "pwd",
  "(?:api|private|signing|encryption|audit|secret(?:[_-]?access)?)[_-]?key(?:_\\w{1,40})?",
  "(?:access|auth|refresh|bearer|id|session|csrf|xsrf|api)[_-]?token",
  "(?:client[_-]?)?secret",
];

const BEFORE = "(?<![A-Za-z0-9])";

/** An assignment whose value begins after such a mark, and is of such characters. */
const assigned = (mark: string, value: string) =>
  new RegExp(`(${BEFORE}(?:${NAMES.join("|")})\\\\?["']?\\s{0,3}[:=]\\s{0,3}${mark})${value}{3,}`, "gi");

/**
 * What keys, tokens and passwords look like, and what stands for them. Each pattern takes time in proportion to the
 * text: it begins with fixed letters, and what may be long in it is bounded, or is taken as a whole.
 */
export const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, REDACTED],
  [/(:\/\/[^\s/:@"']{0,200}:)[^\s/?#"']{1,500}@/g, `$1${REDACTED}@`],
  [/([?&](?:key|token|sig|signature|auth)=)[^\s&#"']{8,}/gi, `$1${REDACTED}`],
  [
    /(\bauthorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?(?:[a-z]{1,20}\s{1,3})?)[^\s"',;]{4,}/gi,
    `$1${REDACTED}`,
  ],
  [/\b(Bearer\s{1,3})(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{8,}={0,2}/gi, `$1${REDACTED}`],
  [/\b(Basic\s{1,3})(?=[a-z\d+/]{0,200}[\d=])[a-z\d+/]{8,}={0,2}/gi, `$1${REDACTED}`],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REDACTED],
  [new RegExp(`${BEFORE}(?:${VENDORS.join("|")})`, "g"), REDACTED],
  [assigned('\\\\?"', '[^"\\n]'), `$1${REDACTED}`],
  [assigned("\\\\?'", "[^'\\n]"), `$1${REDACTED}`],
  [assigned("(?!\\[redacted)", "[^\\s\"',;&)}\\]\\\\]"), `$1${REDACTED}`],
];
