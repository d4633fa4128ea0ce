#include "io/report/style.h"

namespace heddle::io::report {

const std::string_view kColours = R"(
:root{color-scheme:light dark;--paper:#ffffff;--sheet:#f6f7f9;--ink:#1b2127;--faint:#5d6670;
--grid:#dfe3e8;--axis:#8b949e;--c0:#2468b4;--c1:#c4511d;--c2:#2b8a5f;--c3:#7d52b8;--c4:#9a7400;
--c5:#1f8297;--c6:#b23f79;--c7:#737b84}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--sheet:#1c2228;--ink:#e6eaee;
--faint:#9aa5b1;--grid:#2c343d;--axis:#6b7682;--c0:#6aaef5;--c1:#ff9467;--c2:#5ecb9a;--c3:#bd9df3;
--c4:#e2bc4f;--c5:#68c8dc;--c6:#f08dbf;--c7:#a2abb5}}
)";

const std::string_view kDrawingStyle = R"(
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:12px;
fill:var(--ink)}
svg text.faint{fill:var(--faint);font-size:11px}svg text.strong{font-weight:600}
svg text.tag{fill:#fff;stroke:#000;stroke-width:3px;paint-order:stroke;font-weight:600}
svg .paper{fill:var(--paper)}svg .sheet{fill:var(--sheet)}
svg .axis{stroke:var(--axis);fill:none}svg .grid{stroke:var(--grid);fill:none}
svg .mark{stroke:var(--ink);fill:none}
svg .f0{fill:var(--c0)}svg .f1{fill:var(--c1)}svg .f2{fill:var(--c2)}svg .f3{fill:var(--c3)}
svg .f4{fill:var(--c4)}svg .f5{fill:var(--c5)}svg .f6{fill:var(--c6)}svg .f7{fill:var(--c7)}
svg .s0,svg .s1,svg .s2,svg .s3,svg .s4,svg .s5,svg .s6,svg .s7{fill:none;stroke-width:1.5;
stroke-linejoin:round}
svg .s0{stroke:var(--c0)}svg .s1{stroke:var(--c1)}svg .s2{stroke:var(--c2)}svg .s3{stroke:var(--c3)}
svg .s4{stroke:var(--c4)}svg .s5{stroke:var(--c5)}svg .s6{stroke:var(--c6)}svg .s7{stroke:var(--c7)}
svg .dots{stroke-linecap:round;stroke-width:2}svg .thin{stroke-width:.75}svg .bold{stroke-width:2.5}svg .soft{opacity:.45}
)";

const std::string_view kPageStyle = R"(
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 56px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px}h2{font-size:19px;margin:40px 0 8px}
h3{font-size:16px;margin:28px 0 6px}p{margin:6px 0;max-width:76ch}
p.note,figcaption,caption{color:var(--faint);font-size:14px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:16px 0;padding:12px 16px;
background:var(--sheet);border-radius:8px}
dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
figure{margin:14px 0 8px}.scroll{overflow-x:auto}
figure svg{display:block;max-width:100%;height:auto;min-width:640px}
figcaption{margin-top:4px;max-width:92ch}
table{border-collapse:collapse;margin:10px 0;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:4px}
th,td{padding:3px 14px 3px 0;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top}
th{font-weight:600}td.number,th.number{text-align:right}
td{overflow-wrap:anywhere}
@media print{main{max-width:none;padding:0}figure{break-inside:avoid}}
)";

}  // namespace heddle::io::report
