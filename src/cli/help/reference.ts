import type { Command, Option } from 'commander'
import { argumentTerm, detailsOf, pathOf } from './define.js'
import { exitMeanings } from './exit-codes.js'
import { topics } from './topics.js'
import { type SharedName, sharedOption, verbs, vocabulary } from './vocabulary.js'

/** The reference of the command line, made from the definitions that the program itself uses. */

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
      .flatMap(({ name, title, text }) => ['', `## ${title ?? headingOf(name)}`, '', '```text', text, '```']),
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

export function sharedOptions(): Option[] {
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

export function argumentText(command: Command): string {
  return command.registeredArguments.map((argument) => ` ${argumentTerm(argument)}`).join('')
}

export function optionsOf(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden)
}

export function optionText({ description, argChoices, defaultValue }: Option): string {
  const choices =
    argChoices && !argChoices.every((choice) => description.includes(choice))
      ? `: ${argChoices.join(', ')}`
      : ''
  return `${description}${choices}${typeof defaultValue === 'string' ? ` (default: ${defaultValue})` : ''}`
}

function anchor(command: Command): string {
  return pathOf(command).replaceAll(' ', '-')
}

function headingOf(name: string): string {
  return upper(name).replaceAll('-', ' ')
}

export function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
