"""Looks of the report: one style sheet, light and dark, wide and narrow."""

STYLE = '''
:root{color-scheme:light dark;--ink:#1c1f23;--soft:#5d6670;--line:#e0e2e0;
--faint:#eef0ee;--back:#fbfbf9;--alarm:#a8321f;
--c0:#2360c5;--c1:#c2501c;--c2:#1b8460;--c3:#8142b5;--c4:#8f6a00;--c5:#55606b}
@media(prefers-color-scheme:dark){:root{--ink:#e4e6e7;--soft:#99a2ab;
--line:#31363b;--faint:#212529;--back:#15181b;--alarm:#f08b76;
--c0:#7fabff;--c1:#ff9d6e;--c2:#5ecfa3;--c3:#c79eff;--c4:#dfbb55;--c5:#a9b3bd}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1180px;padding:2.6rem 1.25rem 4rem;
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
color:var(--ink);background:var(--back)}
h1,h2,h3{font-family:Charter,"Iowan Old Style","Palatino Linotype",Georgia,
serif;font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:clamp(1.7rem,4.5vw,2.5rem);margin:.1rem 0 .5rem}
h2{font-size:1.4rem;margin:3.2rem 0 .4rem;padding-top:.9rem;
border-top:1px solid var(--line)}
h3{font-size:1.06rem;margin:1.8rem 0 .5rem}
p{margin:.3rem 0 .9rem;max-width:46em}
.soft,small,figcaption{color:var(--soft)}
.over{font-size:.78rem;letter-spacing:.08em;text-transform:uppercase;
color:var(--soft);margin:0}
.alarm{color:var(--alarm);border-left:3px solid var(--alarm);
padding-left:.8rem}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin-top:1.1rem;
font-size:.9rem}nav a{color:var(--soft);white-space:nowrap;
text-decoration-color:var(--line);text-underline-offset:.25em}
.wide{overflow-x:auto;margin:.4rem 0 1rem}
table{border-collapse:collapse;font-size:.92rem;
font-variant-numeric:tabular-nums}
th,td{padding:.42rem 1.4rem .42rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line)}
thead th{font-size:.8rem;font-weight:600;color:var(--soft);
vertical-align:bottom;border-bottom-color:var(--soft)}
tbody th{font-weight:400;position:sticky;left:0;background:var(--back)}
.num{text-align:right;white-space:nowrap}
.results td.num{min-width:8.5rem;font-size:1.1rem}
.results tbody th{vertical-align:middle;padding-right:2rem}
.bar{display:block;height:3px;margin-top:.25rem;background:var(--faint)}
.bar i{display:block;height:100%;background:var(--c0)}
.charts{display:grid;gap:1.6rem 2.4rem;
grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr))}
figure{margin:0;max-width:34rem}
figure h3{margin:0 0 .3rem}
svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,sans-serif;fill:var(--soft);
font-variant-numeric:tabular-nums}
.rule{stroke:var(--line);stroke-width:1}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}
.legend{font-size:.86rem;margin:.4rem 0;line-height:1.8}
.legend span{margin-right:1.1rem;white-space:nowrap}
.swatch{display:inline-block;width:.75em;height:.75em;border-radius:2px;
margin-right:.4em;box-shadow:0 0 0 1px rgba(128,128,128,.35)}
.heat{display:inline-block;width:7em;height:.75em;border-radius:2px;
margin:0 .5em;vertical-align:baseline}
.samples{display:grid;gap:.55rem;margin:.4rem 0 1.6rem}
.row{display:grid;gap:.55rem;grid-template-columns:
repeat(var(--columns),minmax(0,13rem))}
.titles{position:sticky;top:0;background:var(--back);z-index:1;
padding:.35rem 0;font-size:.8rem;font-weight:600;color:var(--soft)}
.cell{min-width:0;font-size:.76rem;line-height:1.35}
.cell b{display:none;font-weight:600;color:var(--soft)}
.cell img{display:block;width:100%;height:auto;border-radius:3px;
background:var(--faint)}
.cell p{margin:.2rem 0 .5rem;overflow-wrap:anywhere}
.cell .chip{white-space:nowrap;margin-right:.6em}
.cell .gone{display:grid;place-items:center;aspect-ratio:1;margin:0;
border:1px dashed var(--alarm);border-radius:3px;color:var(--alarm)}
@media(max-width:760px){.titles{display:none}.cell b{display:block}
.row{grid-template-columns:repeat(3,minmax(0,1fr));padding-bottom:.9rem;
border-bottom:1px solid var(--line)}th,td{padding-right:1rem}
.results td.num{min-width:5rem}.results tbody th{padding-right:1rem}}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--soft)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.78rem;
line-height:1.5;background:var(--faint);border-radius:4px;
padding:.5rem .7rem;margin:.3rem 0 .9rem}
code{font-size:.86em}
'''
