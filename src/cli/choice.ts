import { Option } from 'commander'

export function choiceOption(
  flags: string,
  text: string,
  choices: readonly string[],
  fallback?: string,
): Option {
  const option = new Option(flags, text).choices(choices)
  return fallback === undefined ? option : option.default(fallback)
}
