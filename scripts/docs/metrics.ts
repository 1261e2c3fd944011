import { metricsCatalogue } from '../../src/hub/metrics/catalogue.js'

export function metricsReference(): string {
  const rows = Object.entries(metricsCatalogue).map(
    ([name, { type, unit, labels, help }]) =>
      `| \`${name}\` | ${type} | ${unit} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return `# Metrics

What \`GET /metrics\` gives, in the text form of Prometheus. How to scrape it stands in [metrics](../guide/metrics.md). This page is generated from the catalogue of metrics.

| metric | type | unit | labels | what it says |
|---|---|---|---|---|
${rows.join('\n')}

Beside them stand the usual figures of a Node.js process: \`process_…\` and \`nodejs_…\`.
`
}
