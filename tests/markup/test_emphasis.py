"""What stars, underscores and tildes mean, by what stands around them, in every script."""

from __future__ import annotations

import pytest

from tickertape.markup.forms import Format, Rendering, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

LIMITS = Limits(4096, UTF16, 95)
TAGS = {"bold": "b", "italic": "i", "strike": "s"}


def rendered(source: str) -> tuple[Rendering, Rendering]:
    """Give the final and the preview of a text."""
    whole = page("markdown", LIMITS)
    whole.add(source)
    return whole.final(Format.SPANS), whole.preview(Format.SPANS)


def tagged(rendering: Rendering) -> str:
    """Give a text with tags where its looks begin and end."""
    spans = rendering.form.spans if isinstance(rendering.form, Spans) else ()
    tags = []
    for span in spans:
        if tag := TAGS.get(span.look):
            end = span.start + span.length
            tags += [(span.start, 1, -end, f"<{tag}>"), (end, 0, -span.start, f"</{tag}>")]
    units, at, pieces = rendering.text.encode("utf-16-le"), 0, []
    for place, _, _, tag in sorted(tags):
        pieces += [units[2 * at : 2 * place].decode("utf-16-le"), tag]
        at = place
    return "".join([*pieces, units[2 * at :].decode("utf-16-le")])


MEANT = [
    ("请看**《红楼梦》**这本书", "请看<b>《红楼梦》</b>这本书"),
    ("价格为**100元（含税）**左右", "价格为<b>100元（含税）</b>左右"),
    (
        "これは**私のやりたかったこと。**だからするの。",
        "これは<b>私のやりたかったこと。</b>だからするの。",
    ),
    ("太郎は**「こんにちは」**と言った", "太郎は<b>「こんにちは」</b>と言った"),
    ("**注意：**后面", "<b>注意：</b>后面"),
    ("~~删除。~~文字", "<s>删除。</s>文字"),
    ("边界：**社区显示：**Fable 与 **有效**。", "边界：<b>社区显示：</b>Fable 与 <b>有效</b>。"),
    ("这是**“重点”**的内容，还有**另一个**词。", "这是<b>“重点”</b>的内容，还有<b>另一个</b>词。"),
    ("**a*b**", "<b>a*b</b>"),
    ("test*var and *it*", "test*var and <i>it</i>"),
    ("字**字**字", "字<b>字</b>字"),
    ("**Bold:**text", "<b>Bold:</b>text"),
    ("**Note!**текст", "<b>Note!</b>текст"),
    ("Фильм **«Сталкер»**режиссёра", "Фильм <b>«Сталкер»</b>режиссёра"),
    ("это**«важно»**слово", "это<b>«важно»</b>слово"),
    ("นี่คือ**ข้อความ:**ต่อ", "นี่คือ<b>ข้อความ:</b>ต่อ"),
    ("นี่คือ**“ข้อความ”**สำคัญ", "นี่คือ<b>“ข้อความ”</b>สำคัญ"),
    ("นี่คือ*ข้อความ*สำคัญ", "นี่คือ<i>ข้อความ</i>สำคัญ"),
    ("هذه **كلمة:**مهمة", "هذه <b>كلمة:</b>مهمة"),
    ("ال**«كلمة»**هنا", "ال<b>«كلمة»</b>هنا"),
    ("यह **शब्द:**है", "यह <b>शब्द:</b>है"),
    ("यह**शब्दि**है", "यह<b>शब्दि</b>है"),
    ("이것은 **한국어(Korean)**는", "이것은 <b>한국어(Korean)</b>는"),
    ("**“인용”**이라고", "<b>“인용”</b>이라고"),
    ("가*나*다", "가<i>나</i>다"),
    ("🚀**bold**🚀", "🚀<b>bold</b>🚀"),
    ("text**🚀 bold**🚀text", "text<b>🚀 bold</b>🚀text"),
    ("**✅ Done**✅", "<b>✅ Done</b>✅"),
    ("~~旧价：~~新价", "<s>旧价：</s>新价"),
    ("~~old!~~new", "<s>old!</s>new"),
    ("*斜体。*后面", "<i>斜体。</i>后面"),
    ("_注意：_后面", "<i>注意：</i>后面"),
    ("__注意：__后面", "<b>注意：</b>后面"),
    ("***重点：***后面", "<b><i>重点：</b></i>后面"),
    ("**重点***斜*", "<b>重点</b><i>斜</i>"),
    ("第**2**章", "第<b>2</b>章"),
    ("价格3**元**整", "价格3<b>元</b>整"),
    ("**5**km", "<b>5</b>km"),
    ("un**believ**able", "un<b>believ</b>able"),
    ("**B**old", "<b>B</b>old"),
    ("foo**bar baz**", "foo<b>bar baz</b>"),
    ("(1)**Title**", "(1)<b>Title</b>"),
    ("(1)**Title:**text", "(1)<b>Title:</b>text"),
    ("**A**/**B**", "<b>A</b>/<b>B</b>"),
    ("**输入**/**输出**", "<b>输入</b>/<b>输出</b>"),
    ("_me@a.b_", "<i>me@a.b</i>"),
    ("**https://a.b/c_d_**", "<b>https://a.b/c_d_</b>"),
    ("*see https://x.y/*", "<i>see https://x.y/</i>"),
    ("https://x.y/_a_/b**重要**", "https://x.y/_a_/b<b>重要</b>"),
    ("(see **https://x/y_z_**)", "(see <b>https://x/y_z_</b>)"),
    ("**“a”**b", "<b>“a”</b>b"),
    ("**„Wort“**text", "<b>„Wort“</b>text"),
    ('**"quoted"**text', '<b>"quoted"</b>text'),
    ('word**"quoted"**text', 'word<b>"quoted"</b>text'),
    ('看**"红楼梦"**这', '看<b>"红楼梦"</b>这'),
    ("**C++**的", "<b>C++</b>的"),
    ("**C++**code", "<b>C++</b>code"),
    ("**100%**完成", "<b>100%</b>完成"),
    ("**Total:**5", "<b>Total:</b>5"),
    ("**a*b***", "<b>a*b</b>*"),
    ("*a **b** c*", "<i>a <b>b</b> c</i>"),
    ("**bold *it* bold**", "<b>bold <i>it</i> bold</b>"),
    ("**bold*it*bold**", "<b>bold*it*bold</b>"),
    ("*foo*bar", "<i>foo</i>bar"),
    ("**Note: 2**10 = 1024**", "<b>Note: 2**10 = 1024</b>"),
    ("~5 and ~6 and ~~7~~", "~5 and ~6 and <s>7</s>"),
    ("これは**太字**です。**「引用」**です", "これは<b>太字</b>です。<b>「引用」</b>です"),
    ("**社区：****有效**", "<b>社区：</b><b>有效</b>"),
    ("结果**A：**好**B：**坏", "结果<b>A：</b>好<b>B：</b>坏"),
    ("**[链接](https://a.b)**后", "<b>链接</b>后"),
    ("- **要点：**说明", "• <b>要点：</b>说明"),
    ("> **注意：**说明", "<b>注意：</b>说明"),
    ("\\*a\\* **b**", "*a* <b>b</b>"),
    ("**“重点”**、**“次要”**和", "<b>“重点”</b>、<b>“次要”</b>和"),
    ("（**重点**）", "（<b>重点</b>）"),
    ("**（重点）**说", "<b>（重点）</b>说"),
    ("**重点**（说明）", "<b>重点</b>（说明）"),
    ("**รวม**: 5", "<b>รวม</b>: 5"),
    ("**Цена:**100", "<b>Цена:</b>100"),
    ("**हिन्दी।**अगला", "<b>हिन्दी।</b>अगला"),
    ("**重点…**后", "<b>重点…</b>后"),
    ("**重点——**后", "<b>重点——</b>后"),
    ("**😀**字", "<b>😀</b>字"),
    ("字**😀**", "字<b>😀</b>"),
    ("你好**世界** 。", "你好<b>世界</b> 。"),
    ("**C:\\dir\\** ok", "<b>C:\\dir\\</b> ok"),
    ("**bold**text**bold**", "<b>bold</b>text<b>bold</b>"),
    ("see f(*x*) and g(**y**)", "see f(<i>x</i>) and g(<b>y</b>)"),
    ("run(*a) then *b*", "run(*a) then <i>b</i>"),
    ("f(x, *a) then *b*", "f(x, *a) then <i>b</i>"),
    ("f(x, **a**) of API(*a b*)", "f(x, <b>a</b>) of API(<i>a b</i>)"),
    ("(note: **a**) and :( *so (b) :)*", "(note: <b>a</b>) and :( <i>so (b) :)</i>"),
    ("**f(*a, **b) c** d", "<b>f(*a, **b) c</b> d"),
    ("**/etc/hosts** and (**~/.bashrc**)", "<b>/etc/hosts</b> and (<b>~/.bashrc</b>)"),
    ("文件**/etc/hosts**中", "文件<b>/etc/hosts</b>中"),
    ("~~/old/path~~ x", "<s>/old/path</s> x"),
    ("*C:\\dir\\* ok", "<i>C:\\dir\\</i> ok"),
    ("**~\\.cfg\\** ok", "<b>~\\.cfg\\</b> ok"),
    ("**C:\\_dir_\\*.txt** ok", "<b>C:\\_dir_\\*.txt</b> ok"),
    ("*C:\\Program Files\\* ok", "<i>C:\\Program Files\\</i> ok"),
    ("C:\\dir and \\*no\\* f\\(x\\)", "C:\\dir and *no* f(x)"),
    ("and/**or**, а/**б**/в, и/*или*", "and/<b>or</b>, а/<b>б</b>/в, и/<i>или</i>"),
    ("详见**https://a.example/_x_**。", "详见<b>https://a.example/_x_</b>。"),
    ("这是\u200b**“重点”**\u200b的", "这是\u200b<b>“重点”</b>\u200b的"),
    ("\u200f**كلمة:**\u200fنص", "\u200f<b>كلمة:</b>\u200fنص"),
    ("می\u200cخواهم **این\u200cها** را", "می\u200cخواهم <b>این\u200cها</b> را"),
]


@pytest.mark.parametrize(("source", "shown"), MEANT)
def test_emphasis_as_meant(source: str, shown: str) -> None:
    """Marks beside letters, punctuation and emoji of any script enclose what was meant."""
    assert tagged(rendered(source)[0]) == shown


@pytest.mark.parametrize("source", [source for source, _ in MEANT])
def test_previews_of_emphasis_begin_what_the_final_says(source: str) -> None:
    """While an emphasis comes, no word and no mark is shown that the final has not in its place."""
    final = rendered(source)[0].text
    for end in range(len(source)):
        preview = rendered(source[:end])[1].text
        bare = "".join(char for char in final if char not in "*_~ ")
        assert bare.startswith("".join(char for char in preview if char not in "*_~ "))
    assert "".join(final.split()).startswith("".join(rendered(source)[1].text.split()))


STAYS = [
    "x²*y²*z² and ½*3*½",
    "C:\\_tmp_\\x and C:\\Users\\me\\.ssh\\*.pub",
    "C:\\**\\x\\**\\y",
    "in C:\\Program Files\\_app_\\bin and C:\\Program Files (x86)\\_b_\\*.log",
    "C:\\Documents and Settings\\_x_\\y or D:\\My Docs\\*.txt",
    "see ./src/*_test.go or ~/.local/share/*",
    "\\\\server\\share\\_x_ y",
    "..\\.git\\-x and ~\\.config\\(x)",
    "путь %APPDATA%\\.x\\[1] и D:\\#1",
    "print(*rows) and zip(*columns)",
    "|x|*|y|*|z|",
    "n*(n-1)*2 and 2*x + 3*y*z",
    "数量*$5*2",
    "1,000*2*3 and 10%*5%*2",
    "/* a */ and /** b */",
    "Area: 5*3 = 15 square meters, which is a lot of",
    "2**10 = 1024",
    "f(x) = a*b + c, where a is the slope and b",
    "see https://x.example/_alice_ and https://a.example/?q=*foo*&x=1",
    "src/__init__.py and snake_case",
    'pip install "a~=1.2,!=1.3.*"',
    "user_name_@mail.example and @some_user_",
    "x**2 + y**2",
    "a**b + c**d",
    "2*(3+4)*5",
    "(a+b)*(c+d)*(e+f)",
    "(a+b)*c*d",
    "(a+b)**c + (d)**e",
    "*.py and *.js",
    "test_*.py, foo_*.py",
    "*.tar.*",
    "src/**/*.py and lib/**/*.py",
    "**/*.py and **/*.js",
    "a.*b.*c",
    "x=*p, y=*q",
    "==1.*,!=1.2.*",
    "__init__ and src/__init__.py and a.__b__.c",
    "5*3 and note*",
    "数量*2 + 单价*3",
    "这是_斜体_吗",
    "glob*pattern* and foo*",
    "print(*rows) a* b",
    "print(*rows)$\u200ba*b",
    "f(**kw) and a** b",
    "f(int *a, int n) * b* c",
    "swap(int *a) { x = y* z }",
    "f(a, (b), *c) d*",
    "f(*g(1), x) a* b",
    "print(*rows)\u200b C:\\_dir_\\*.txt",
    "**/*.py and src/**",
    "详见https://a.example/?q=*foo*&x=1 和 https://a.example/_b_c",
]


@pytest.mark.parametrize("source", STAYS)
def test_products_paths_and_addresses_keep_their_marks(source: str) -> None:
    """A mark that multiplies, or stands in a path, an address or a name, is shown."""
    assert rendered(source)[0] == Rendering(source)


@pytest.mark.parametrize("source", STAYS)
def test_previews_keep_marks_within_words(source: str) -> None:
    """While such a word comes, its beginning is shown as it is; only what is last may wait."""
    for end in range(1, len(source) + 1):
        assert source.startswith(rendered(source[:end])[1].text)


@pytest.mark.parametrize(
    "source",
    [
        "_user_@x.com",
        "a:*b, c:*d",
        "print(*rows)->(Ещё.\u200b*🇩🇪",
        "x**2….: 1024=**$5",
        "a*b 字*字",
        "*rows C:\\dir\\*.txt",
        "**/build/** and **/dist/** too",
        "x /*comment*/ and src/*test*/x",
    ],
)
def test_what_seems_to_open_and_never_closes_is_shown_in_the_final(source: str) -> None:
    """Nothing closes within an address, a path or a pattern, nor a call outside of it."""
    assert rendered(source)[0] == Rendering(source)
