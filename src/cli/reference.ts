import type { Argument, Command, Option } from 'commander'
import { version } from '../hub/version.js'
import { detailsOf } from './define.js'
import { exitMeanings } from './exit-codes.js'
import { topics } from './topics.js'

/** Manual page and reference of the command line, made from the definitions that the program runs on. */

/** `docs/reference/cli.md` */
export function cliReference(program: Command): string {
  const commands = allCommands(program)
  return `${[
    '# Command line',
    '',
    `\`${program.name()} ${program.usage()}\`: ${program.description()}`,
    '',
    'Data goes to stdout, everything else to stderr. The same option means the same everywhere. This page is generated from the program.',
    '',
    '| command | what it does |',
    '|---|---|',
    ...commands.map(
      (command) => `| [\`${pathOf(command)}\`](#${anchor(command)}) | ${cell(command.summary())} |`,
    ),
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
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
    ...(options.length === 0 ? [] : ['', '| option | |', '|---|---|']),
    ...options.map((option) => `| \`${option.flags}\` | ${cell(optionText(option))} |`),
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
    'Data goes to stdout, everything else to stderr. The same option means the same everywhere.',
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
    'the hub, where no option says it: unix:/path, tcp://host:port, tls://, ws://, https:// …; several with commas',
  ],
  ['TOCSIN_CONFIG', 'the configuration of tocsin serve, where --config does not say'],
  [
    'XDG_RUNTIME_DIR',
    'its folder tocsin is the first place where the socket is looked for; then /run/tocsin',
  ],
  ['NO_COLOR', 'no colours when it is set'],
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

function allCommands(parent: Command): Command[] {
  return parent.commands
    .filter((command) => !command.name().startsWith('_'))
    .flatMap((command) => [command, ...allCommands(command)])
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

function argumentText(command: Command): string {
  return command.registeredArguments.map((argument) => ` ${bracketed(argument)}`).join('')
}

function bracketed(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
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
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll("'", '\\(aq')
}

/** A line of text that begins with a dot or a quote would be a request. */
function roffLine(line: string): string {
  const escaped = roff(line)
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
