import { type Command, Option } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { MadeTokenInfo, TokenInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { type ReportOptions, reportOptions, type YesOptions, yesOption } from '../../help/options.js'
import { parseTimeSpan, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { confirm } from '../../terminal/prompts.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { givenRights, type RightsOptions, rightsOptions, rightsText } from './rights-options.js'
import { intoFile } from './token-file.js'

export function defineToken(program: Command, io: Io): void {
  const tokens = define(program, 'token', 'Manage tokens and passwords for HTTP, WebSocket and TCP', {
    group: groups.hub,
    notes: [
      'A token is shown once, when it is created; the hub keeps only its hash. Changes take effect at once, for open connections too.',
    ],
    examples: [
      {
        command: "export TOKEN=$(tocsin token add me --see '*' --publish 'demo/')",
        does: 'a token with its own rights',
      },
      { command: 'tocsin token list', does: 'which tokens exist, and when each was last used' },
    ],
  })
  defineAdd(tokens, io)
  defineList(tokens, io)
  defineRotate(tokens, io)
  defineRemove(tokens, io)
  definePassword(tokens, io)
}

function defineAdd(tokens: Command, io: Io): void {
  const command = define(tokens, 'add <name>', 'Create a token and print it', {
    changes: true,
    notes: [
      'With rights, this creates a principal with the name of the token. Without rights, the token belongs to the principal of that name in the configuration, or to the one that --principal names.',
    ],
    examples: [
      { command: "tocsin token add me --see '*' --publish 'demo/'", does: 'a token with its own rights' },
      {
        command: "tocsin token add backup --see '*' --output ~/.tocsin-backup",
        does: 'in a file of its own, for a context or a program',
      },
      {
        command: 'tocsin token add laptop --principal ops --expires 30d',
        does: 'a token for the principal ops, which expires after 30 days',
      },
    ],
  })
  rightsOptions(command)
    .option('--principal <name>', 'principal in the configuration that the token belongs to')
    .addOption(tokenFileOption())
    .addOption(spanOption('--expires <duration>', 'lifetime, such as 30d (default: no expiry)'))
  reportOptions(command).action(
    async (name: string, options: MakeOptions & RightsOptions & { principal?: string; expires?: number }) => {
      const { ask } = await import('../../hub/connect.js')
      const { principal, expires } = options
      const rights = givenRights(options)
      await showMade(io, options, () =>
        ask(io, options, 'tokens.add', {
          name,
          ...(principal === undefined ? {} : { principal }),
          ...(rights === undefined ? {} : { rights }),
          ...(expires === undefined ? {} : { expires: expires * 1000 }),
        }),
      )
    },
  )
}

function defineList(tokens: Command, io: Io): void {
  const command = define(tokens, 'list', 'List tokens with their rights, expiry and last use', {
    isDefault: true,
    examples: [{ command: 'tocsin token list', does: 'the tokens themselves are never shown' }],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { tokens } = await ask(io, options, 'tokens.list', {})
    await report(io, options.format, tokens, () =>
      tokens.length === 0 ? ['there are no tokens'] : tableLines(columns, tokens, io.out.columns),
    )
  })
}

function defineRotate(tokens: Command, io: Io): void {
  const command = define(tokens, 'rotate <name>', 'Replace a token with a new one and print it', {
    changes: true,
    examples: [
      { command: 'tocsin token rotate me', does: 'the old token stops working at once' },
      { command: 'tocsin token rotate me --grace 1h', does: 'the old token works for another hour' },
    ],
  })
  command.addOption(spanOption('--grace <duration>', 'how long the old token remains valid (default: 0s)'))
  command.addOption(tokenFileOption())
  reportOptions(command).action(async (name: string, options: MakeOptions & { grace?: number }) => {
    const { ask } = await import('../../hub/connect.js')
    const { grace } = options
    await showMade(io, options, () =>
      ask(io, options, 'tokens.rotate', {
        name,
        ...(grace === undefined ? {} : { grace: grace * 1000 }),
      }),
    )
  })
}

function defineRemove(tokens: Command, io: Io): void {
  const command = define(tokens, 'remove <name>', 'Revoke a token and close its connections', {
    changes: true,
    formerly: 'revoke',
    examples: [
      {
        command: 'tocsin token remove me',
        does: 'the token of this name, and the one it replaced, if that is still valid',
      },
    ],
  })
  reportOptions(yesOption(command)).action(async (name: string, options: ReportOptions & YesOptions) => {
    const { ask } = await import('../../hub/connect.js')
    await confirm(io, options, () => `this revokes the token ${name} for good, and closes its connections`)
    const result = await ask(io, options, 'tokens.revoke', { name })
    await report(io, options.format, [result], () => [
      `${result.name} is revoked${result.revoked > 1 ? ` (${plural(result.revoked, 'token')})` : ''}`,
    ])
  })
}

function definePassword(tokens: Command, io: Io): void {
  const command = define(
    tokens,
    'password <principal>',
    'Set or remove a password for HTTP Basic authentication',
    {
      changes: true,
      notes: ['The password is asked for on the terminal or read from stdin; it is never an argument.'],
      examples: [
        { command: 'tocsin token password me', does: 'asks twice, without showing what is typed' },
        {
          command: 'tocsin token password me --remove',
          does: 'the principal can no longer log in with a password',
        },
      ],
    },
  )
  command.option('--remove', 'remove the password')
  reportOptions(yesOption(command)).action(async (principal: string, options: PasswordOptions) => {
    const { ask } = await import('../../hub/connect.js')
    if (options.remove) {
      await confirm(io, options, () => `${principal} will no longer be able to log in with a password`)
      const result = await ask(io, options, 'passwords.remove', { principal })
      await report(io, options.format, [result], () => [`${principal} no longer has a password`])
      return
    }
    const { askSecret } = await import('../../terminal/prompts.js')
    const password = await askSecret(io, `password of ${principal}`)
    const result = await ask(io, options, 'passwords.set', { principal, password })
    await report(io, options.format, [result], () => [`${principal} now has this password`])
  })
}

type PasswordOptions = ReportOptions & YesOptions & { remove?: boolean }

/** Prints nothing but the token on stdout, so that it can be put into a variable. */
async function showMade(io: Io, options: MakeOptions, make: () => Promise<MadeTokenInfo>): Promise<void> {
  const { output } = options
  const made = output === undefined ? await make() : await intoFile(output, make)
  const until = made.expires === undefined ? '' : `, until ${formatTime(made.expires)}`
  io.note(
    `token ${made.name} of ${made.principal}: ${rightsText(made.rights)}${until}. It is shown only once.`,
  )
  if (output === undefined) await report(io, options.format, [made], () => [made.token])
  else io.note(`it is in ${output}, which only you can read`)
}

type MakeOptions = ReportOptions & { output?: string }

function tokenFileOption(): Option {
  return sharedOption('--output', { note: 'only you can read it; instead of printing the token' })
}

/** Parsed to ms. */
function spanOption(flags: string, text: string): Option {
  return new Option(flags, text).argParser(parseTimeSpan)
}

const columns: readonly Column<TokenInfo>[] = [
  { title: 'NAME', text: (row) => row.name },
  { title: 'PRINCIPAL', text: (row) => row.principal },
  { title: 'RIGHTS', text: (row) => rightsText(row.rights), flexible: true },
  { title: 'CREATED', text: (row) => formatTime(row.created), flexible: true },
  { title: 'EXPIRES', text: (row) => (row.expires === undefined ? 'never' : formatTime(row.expires)) },
  { title: 'LAST USE', text: (row) => (row.lastUsed === undefined ? 'never' : formatTime(row.lastUsed)) },
  { title: 'STATE', text: (row) => row.state },
]
