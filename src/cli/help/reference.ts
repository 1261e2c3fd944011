import type { Command, Option } from 'commander'
import { version } from '../../hub/version.js'
import { argumentTerm, detailsOf, pathOf } from './define.js'
import { exitMeanings } from './exit-codes.js'
import { topics } from './topics.js'
import { type SharedName, sharedOption, verbs, vocabulary } from './vocabulary.js'

/** Manual page and reference of the command line, made from the definitions that the program itself uses. */

/** `docs/reference/cli.md` */
export function cliReference(program: Command): string {
  const commands = allCommands(program)
  return `${[
    '# Command line',
    '',
    `\`${program.name()} ${program.usage()}\`: ${program.description()}`,
    '',
    'Data goes to stdout, everything else to stderr. This page is generated from the program.',
    '',
    '## Commands',
    '',
    '| Command | What it does |',
    '|---|---|',
    ...commands.map(
      (command) => `| [\`${pathOf(command)}\`](#${anchor(command)}) | ${cell(command.summary())} |`,
    ),
    '',
    '## Shared options',
    '',
    'An option means the same in every command that has it.',
    '',
    '| Option | Meaning |',
    '|---|---|',
    ...sharedOptions().map(({ flags, description }) => `| \`${flags}\` | ${cell(upper(description))} |`),
    '',
    `Commands that manage things of a kind, such as tokens, use the same verbs: ${verbText()}.`,
    '',
    '## Exit codes',
    '',
    '| Code | Meaning |',
    '|---|---|',
    ...exitMeanings.map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`),
    ...topics
      .filter(({ name }) => name !== 'exit-codes')
      .flatMap(({ name, text }) => ['', `## ${title(name)}`, '', '```text', text, '```']),
    ...commands.flatMap(markdownOf),
  ].join('\n')}\n`
}

function markdownOf(command: Command): string[] {
  const details = detailsOf(command)
  const options = optionsOf(command)
  return [
    '',
    `## ${pathOf(command)}`,
    '',
    `\`${pathOf(command)}${argumentText(command)}${options.length > 0 ? ' [options]' : ''}\``,
    '',
    command
      .description()
      .replace(/^( {2}.*)$/gm, '- $1')
      .replace(/\n(?=- )/, '\n\n'),
    ...(options.length === 0 ? [] : ['', '| Option | Meaning |', '|---|---|']),
    ...options.map((option) => `| \`${option.flags}\` | ${cell(upper(optionText(option)))} |`),
    ...(details
      ? ['', '```sh', ...details.examples.flatMap(({ command, does }) => [`# ${does}`, command]), '```']
      : []),
  ]
}

/** `tocsin.1`, roff with the man macros. */
export function manPage(program: Command): string {
  return `${[
    `.TH TOCSIN 1 "" "tocsin ${version}" "User Commands"`,
    '.SH NAME',
    `tocsin \\- ${roff(program.description().replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `.B tocsin`,
    roff(program.usage()),
    '.SH DESCRIPTION',
    'Data goes to stdout, everything else to stderr. An option means the same in every command that has it.',
    '.SH COMMANDS',
    ...allCommands(program).flatMap(manOf),
    ...topics.flatMap(({ name, text }) => [
      `.SH ${title(name).toUpperCase()}`,
      '.nf',
      ...text.split('\n').map(roffLine),
      '.fi',
    ]),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, text]) => ['.TP', `.B ${name}`, roff(text)]),
  ].join('\n')}\n`
}

const environment: readonly (readonly [name: string, text: string])[] = [
  [
    'TOCSIN_URL',
    'Address of the hub, if no option gives one: unix:/path, tcp://host:port, tls://, ws://, https:// …; several are separated by commas',
  ],
  ['TOCSIN_CONFIG', 'Configuration file of tocsin serve, if --config gives none'],
  [
    'XDG_RUNTIME_DIR',
    'Its subfolder tocsin is the first place where the socket of the hub is looked for; then /run/tocsin',
  ],
  ['NO_COLOR', 'Turns colours off if it is set'],
]

function manOf(command: Command): string[] {
  const options = optionsOf(command)
  const examples = detailsOf(command)?.examples ?? []
  return [
    `.SS "${roff(pathOf(command) + argumentText(command))}"`,
    ...command
      .description()
      .split('\n\n')
      .flatMap((paragraph) => ['.PP', ...paragraph.split('\n').map(roffLine)]),
    ...options.flatMap((option) => ['.TP', `.B ${roff(option.flags)}`, roffLine(optionText(option))]),
    ...(examples.length > 0 ? ['.PP', 'Examples:'] : []),
    ...examples.flatMap((example) => ['.TP', `.B ${roff(example.command)}`, roffLine(example.does)]),
  ]
}

function sharedOptions(): Option[] {
  return (Object.keys(vocabulary) as SharedName[]).map((name) => sharedOption(name))
}

function verbText(): string {
  return Object.entries(verbs)
    .map(([verb, meaning]) => `\`${verb}\` to ${meaning}`)
    .join(', ')
}

export function allCommands(parent: Command): Command[] {
  return parent.commands
    .filter((command) => !command.name().startsWith('_'))
    .flatMap((command) => [command, ...allCommands(command)])
}

function argumentText(command: Command): string {
  return command.registeredArguments.map((argument) => ` ${argumentTerm(argument)}`).join('')
}

function optionsOf(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden)
}

function optionText({ description, argChoices, defaultValue }: Option): string {
  const choices =
    argChoices && !argChoices.every((choice) => description.includes(choice))
      ? `: ${argChoices.join(', ')}`
      : ''
  return `${description}${choices}${typeof defaultValue === 'string' ? ` (default: ${defaultValue})` : ''}`
}

function anchor(command: Command): string {
  return pathOf(command).replaceAll(' ', '-')
}

function title(name: string): string {
  return upper(name).replaceAll('-', ' ')
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll("'", '\\(aq')
}

/** Escaped, also where a line begins with a dot or a quote, which would make it a request. */
function roffLine(line: string): string {
  const escaped = roff(line)
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
