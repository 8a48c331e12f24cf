import { describe, expect, it } from 'vitest';
import { DriftlessError } from '../shared/kernel/errors.ts';
import { html, inertSvg, textOfHtml, visible } from '../shared/report/html.ts';

const labels = { id: 'a', title: 'A <title>', description: 'two & two' };
const drawn = (svg: string): string => textOfHtml(inertSvg(svg, labels));

describe('html', () => {
  it('escapes whatever it is given, in text and in attributes', () => {
    const name = `<script>alert("1")</script> & 'x'`;
    expect(textOfHtml(html`<b title="${name}">${name}</b>`)).toBe(
      '<b title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</b>',
    );
  });

  it('puts in its own results, lists of them, and nothing for null', () => {
    const items = ['<a>', 'b'].map((item) => html`<li>${item}</li>`);
    expect(textOfHtml(html`<ul>${items}${null}${3}</ul>`)).toBe('<ul><li>&lt;a&gt;</li><li>b</li>3</ul>');
  });

  it('takes no object for its own that merely looks like it', () => {
    const forged = JSON.parse('{"markup":"<script>","Symbol(markup)":"<script>"}') as string;
    expect(() => html`${forged}`).toThrow(TypeError);
  });

  it('shows what cannot be seen: controls, overrides of direction, halves of pairs', () => {
    expect(visible('a\u0000b\u001b[31m\nc\u009b')).toBe('a\\u{0}b\\u{1b}[31m\\u{a}c\\u{9b}');
    expect(visible('user\u202Egnp.exe\u2066\u200f\u2028')).toBe('user\\u{202e}gnp.exe\\u{2066}\\u{200f}\\u{2028}');
    expect(visible('\ud800 x \u{e0041}\ufeff')).toBe('\\u{d800} x \\u{e0041}\\u{feff}');
  });

  it('leaves the words of every script as they are', () => {
    for (const word of ['größe', '年齢', 'עיר', 'می\u200cخواهم', '👩\u200d🔬', 'a\u00a0b'])
      expect(visible(word)).toBe(word);
  });
});

describe('inertSvg', () => {
  it('keeps the drawing and gives it a name and a description', () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" class="x"><g><path d="M0,0h1"/><text>a</text></g></svg>';
    expect(drawn(svg)).toBe(
      '<svg width="4" role="img" aria-labelledby="a-title" aria-describedby="a-desc"><title id="a-title">A &lt;title&gt;</title><desc id="a-desc">two &amp; two</desc><g><path d="M0,0h1"/><text>a</text></g></svg>',
    );
  });

  it.each(['onclick="f()"', 'style="fill:url(x)"', 'fill="url(//example.com/a)"', 'xlink:href="a"', 'href="a"'])(
    'drops %s',
    (attribute) => {
      expect(drawn(`<svg><rect ${attribute} x="1"/></svg>`)).toContain('<rect x="1"/>');
    },
  );

  it.each([
    '<script>1</script>',
    '<foreignObject></foreignObject>',
    '<style>a</style>',
    '<image/>',
    '<a href="x">1</a>',
    '<!-- a -->',
    '<![CDATA[<b>]]>',
    '<rect x=1>',
    '<rect x="1"',
    'a > b',
  ])('refuses %s', (content) => {
    expect(() => drawn(`<svg>${content}</svg>`)).toThrow(DriftlessError);
  });
});
