import type { LibraryRule } from './kit.js'

const sshd = ['sshd', 'sshd-session']
const host = `\${line.host}`
const address = `\${line.address}`
const user = `\${line.user}`

/**
 * Logins and accounts. A user name can be any text, also one that looks like an address, so that patterns are bound at the
 * end of the line, and what is before may have anything.
 */
export const auth: Readonly<Record<string, LibraryRule>> = {
  'ssh-failed': {
    line: {
      program: sshd,
      text: '^Failed password for (?:invalid user )?(?<user>.*) from (?<address>\\S+) port \\d+ ssh2$',
    },
    by: 'line.address',
    after: { count: 6, within: '10m' },
    alert: {
      severity: 'warning',
      labels: { address, host },
      summary: `Failed passwords from ${address}, the last for ${user} on ${host}`,
      endsAfter: '30m',
    },
  },
  // In any order, since a login right after the last failed password is stored before the alert.
  'ssh-guessed': {
    correlate: {
      within: '1d',
      conditions: [
        {
          name: 'guessing',
          filter: { all: [{ exact: { tag: 'alert/ssh-failed/firing' } }, { prefix: { source: 'hub/' } }] },
          by: 'data.labels.address',
        },
        {
          name: 'login',
          line: {
            program: sshd,
            text: '^Accepted (?:password|keyboard-interactive/pam) for (?<user>.*) from (?<address>\\S+) port \\d+ ssh2$',
          },
          by: 'line.address',
        },
      ],
    },
    alert: {
      severity: 'error',
      labels: {
        address: `\${login.line.address}`,
        host: `\${login.line.host}`,
        user: `\${login.line.user}`,
      },
      summary: `\${login.line.user} has logged in on \${login.line.host} from \${login.line.address}, an address with many failed passwords`,
      resolve: 'never',
    },
  },
  'ssh-user-guessing': {
    line: {
      program: sshd,
      text: '^(?:Invalid user|Connection (?:closed|reset) by authenticating user) (?<user>.*) (?<address>\\S+) port \\d+(?: \\[preauth\\])?$',
    },
    by: 'line.address',
    after: { count: 5, within: '10m' },
    alert: {
      severity: 'warning',
      labels: { address, host },
      summary: `User names are guessed from ${address} on ${host}`,
      endsAfter: '30m',
    },
  },
  'ssh-root-login': {
    line: {
      program: sshd,
      text: '^Accepted (?<way>\\S+) for root from (?<address>\\S+) port \\d+ ssh2(?:: .*)?$',
    },
    by: ['line.host', 'line.address'],
    alert: {
      severity: 'warning',
      labels: { host, address },
      summary: `root has logged in on ${host} from ${address} by \${line.way}`,
      resolve: 'never',
    },
  },
  'ssh-scan': {
    line: {
      program: sshd,
      text: '^(?:error: )?(?:Unable to negotiate with|banner exchange: Connection from) (?<address>\\S+) port \\d+: .*$',
    },
    by: 'line.address',
    after: { count: 10, within: '10m' },
    alert: {
      severity: 'info',
      labels: { address, host },
      summary: `${address} scans ssh on ${host}`,
      endsAfter: '1h',
    },
  },
  'sudo-refused': {
    line: {
      program: 'sudo',
      text: '^(?<user>\\S+) : (?<why>user NOT in sudoers|command not allowed|\\d+ incorrect password attempts?) ; TTY=.*$',
    },
    by: ['line.host', 'line.user'],
    onceWithin: '10m',
    alert: {
      severity: 'warning',
      labels: { host, user },
      summary: `sudo refused ${user} on ${host}: \${line.why}`,
      resolve: 'never',
    },
  },
  'su-failed': {
    line: { program: 'su', text: '^FAILED SU \\(to (?<target>.*)\\) (?<user>\\S+) on \\S+$' },
    by: ['line.host', 'line.user'],
    after: { count: 3, within: '10m' },
    alert: {
      severity: 'warning',
      labels: { host, user },
      summary: `${user} cannot become \${line.target} on ${host}`,
      endsAfter: '30m',
    },
  },
  'account-changed': {
    line: {
      program: ['useradd', 'usermod', 'userdel', 'passwd', 'chage'],
      text: "^(?:new user: name=.*|add '.*' to group '.*'|delete user '.*'|changed password expiry for .*|password for '.*' changed by '.*')$",
    },
    by: 'line.host',
    alert: {
      severity: 'info',
      labels: { host },
      summary: `An account has changed on ${host}: \${line.text}`,
      resolve: 'never',
    },
  },
  'account-privileged': {
    line: {
      program: 'usermod',
      text: "^add '(?<user>.*)' to group '(?<group>root|sudo|wheel|adm|docker|lxd|disk|shadow)'$",
    },
    by: ['line.host', 'line.user', 'line.group'],
    alert: {
      severity: 'warning',
      labels: { host, user },
      summary: `${user} is in the group \${line.group} now on ${host}`,
      resolve: 'never',
    },
  },
  'account-expired': {
    line: {
      program: sshd,
      text: '^pam_unix\\(sshd:account\\): account (?<user>.*) has expired \\(account expired\\)$',
    },
    by: ['line.host', 'line.user'],
    onceWithin: '1d',
    alert: {
      severity: 'info',
      labels: { host, user },
      summary: `The account of ${user} on ${host} has expired`,
      resolve: 'never',
    },
  },
}
