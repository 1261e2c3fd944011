import { type Command, Option } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { MadeTokenInfo, TokenInfo } from '../../../methods/contract/tokens.js'
import { define, groups } from '../../help/define.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import { parseTimeSpan } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { givenRights, type RightsOptions, rightsOptions, rightsText } from './rights-options.js'

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
        command: 'tocsin token add laptop --principal ops --expires 30d',
        does: 'a token for the principal ops, which expires after 30 days',
      },
    ],
  })
  rightsOptions(command)
    .option('--principal <name>', 'principal in the configuration that the token belongs to')
    .addOption(spanOption('--expires <duration>', 'lifetime, such as 30d (default: no expiry)'))
  reportOptions(command).action(
    async (
      name: string,
      options: ReportOptions & RightsOptions & { principal?: string; expires?: number },
    ) => {
      const { ask } = await import('../../hub/connect.js')
      const { principal, expires } = options
      const rights = givenRights(options)
      const made = await ask(io, options, 'tokens.add', {
        name,
        ...(principal === undefined ? {} : { principal }),
        ...(rights === undefined ? {} : { rights }),
        ...(expires === undefined ? {} : { expires: expires * 1000 }),
      })
      await showMade(io, options, made)
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
  reportOptions(command).action(async (name: string, options: ReportOptions & { grace?: number }) => {
    const { ask } = await import('../../hub/connect.js')
    const { grace } = options
    const made = await ask(io, options, 'tokens.rotate', {
      name,
      ...(grace === undefined ? {} : { grace: grace * 1000 }),
    })
    await showMade(io, options, made)
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
  reportOptions(command).action(async (name: string, options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
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
  reportOptions(command).action(async (principal: string, options: ReportOptions & { remove?: boolean }) => {
    const { ask } = await import('../../hub/connect.js')
    if (options.remove) {
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

/** Prints nothing but the token on stdout, so that it can be put into a variable. */
async function showMade(io: Io, options: ReportOptions, made: MadeTokenInfo): Promise<void> {
  const until = made.expires === undefined ? '' : `, until ${formatTime(made.expires)}`
  io.note(`${made.name} is ${made.principal}: ${rightsText(made.rights)}${until}. It is shown only once.`)
  await report(io, options.format, [made], () => [made.token])
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
