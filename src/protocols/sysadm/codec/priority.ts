const words = [
  'Information',
  'Information',
  'Information',
  'Warning',
  'Warning',
  'Warning',
  'Critical',
  'Critical',
  'Critical',
  'Urgent',
  'Urgent',
] as const

/** Returns the text of a priority from 0 to 10, such as `7 - Critical`. */
export function priorityText(priority: number): string {
  const level = Math.min(10, Math.max(0, Math.trunc(priority)))
  return `${level} - ${words[level]}`
}

/** Returns the same priority as the documentation writes it: `7/Critical`. */
export function documentedPriority(text: string): string {
  return text.replace(/^(\d+) - /, '$1/')
}
