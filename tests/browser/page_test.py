"""The live page as a person uses it: started by hand, watched, zoomed, stopped."""

import os
import unittest

from browser import DATA, Browser, Daemon
from selenium.webdriver.common.keys import Keys

CLIP = os.path.join(DATA, "house", "match.mp4")
GENOME = os.path.join(DATA, "house", "genome.fa")

# Draws a canvas into another one and counts the pixels that are not of one colour.
COLOURS = """
const canvas = document.querySelector(arguments[0]);
const copy = document.createElement("canvas");
copy.width = 64; copy.height = 64;
const context = copy.getContext("2d", {willReadFrequently: true});
context.drawImage(canvas, 0, 0, 64, 64);
const seen = new Set();
const data = context.getImageData(0, 0, 64, 64).data;
for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`);
return seen.size;
"""

# What has the focus, and whether it shows.
FOCUS = """
const focused = document.activeElement;
const style = getComputedStyle(focused);
const box = focused.getBoundingClientRect();
return {what: focused.getAttribute("aria-label") || focused.textContent.trim() || focused.id || focused.tagName,
  seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && box.width > 0 && box.height > 0};
"""


# What can be scrolled sideways, with its widths.
SIDEWAYS = """
return [...document.querySelectorAll("body *")]
  .filter((e) => e.scrollWidth > e.clientWidth && ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
  .map((e) => `${e.tagName}.${e.className} ${e.scrollWidth} in ${e.clientWidth}`);
"""


# The control of the form below a label that begins so; and the choice of one of its values.
FIELD = """
const field = (label) => [...document.querySelectorAll("dialog.start .field")]
  .find((each) => !each.hidden && each.firstChild.textContent.startsWith(label)).children[1];
"""
CHOOSE = FIELD + """
field(arguments[0]).value = arguments[1];
field(arguments[0]).dispatchEvent(new Event("change"));
"""


class LivePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.daemon.close()

    def setUp(self):
        self.fresh_page()

    def fresh_page(self):
        self.browser.open(self.daemon.url + "/?" + self.id())
        self.browser.wait("the page hears the daemon", lambda: self.browser.texts("#connection") == ["connected"])
        self.browser.console()

    def tearDown(self):
        self.assertEqual(self.browser.console(), [], "the browser's console has no errors")

    def start(self, path, kind="video", source="address", options=""):
        """Starts a stream by the form, with the keyboard alone; returns its address."""
        browser = self.browser
        before = browser.script("return location.hash")
        browser.script("document.activeElement.blur()")
        browser.type("n")
        browser.wait("the form opens", lambda: browser.script("return document.querySelector('dialog.start').open"))
        # The focus is on the input; before it lie From and Kind, lists whose next entry is one key away.
        browser.type(path)
        browser.back()
        if kind == "genome":
            browser.back()
            browser.type(Keys.ARROW_DOWN, Keys.TAB)
        if source == "upload":
            browser.type(Keys.END)
        if options:
            browser.script("document.querySelector('dialog.start details').open = true")
            browser.script("document.querySelector('dialog.start textarea').focus()")
            browser.type(options)
        browser.script("document.querySelector('dialog.start [type=submit]').focus()")
        browser.type(Keys.ENTER)
        browser.wait("the stream's page opens: " + str(browser.texts("dialog.start .notice")),
                     lambda: browser.script("return location.hash") not in (before, "#/", "")
                     and browser.texts("[data-role=state]"))
        return browser.script("return location.hash")

    def test_boxes_are_drawn_over_a_live_clip_and_the_timeline_fills(self):
        browser = self.browser
        self.start(CLIP, options="realtime = true")
        browser.wait("a frame with boxes", lambda: int(browser.data("canvas.picture", "boxes") or 0) > 0)
        self.assertGreater(browser.script(COLOURS, "canvas.picture"), 20, "the picture is drawn")
        browser.wait("an identity in the timeline",
                     lambda: "identit" in browser.one("canvas.timeline").get_attribute("aria-label"))
        browser.wait("a figure in the charts", lambda: any(text != "–" for text in browser.texts("output.figure")))
        self.assertEqual(browser.pictures("video"), [], "nothing sticks out of the window")

    def test_a_genome_is_zoomed_by_keys_and_wheel_and_a_feature_is_told(self):
        browser = self.browser
        self.start(GENOME, kind="genome")
        browser.wait("the stream is done", lambda: browser.texts("[data-role=state]") == ["done"], 120)
        label = lambda: browser.one("canvas.genome").get_attribute("aria-label")
        browser.wait("features in view", lambda: "features" in label() and " 0 features" not in label())
        whole = int(browser.data("canvas.genome", "span"))
        browser.script("document.querySelector('canvas.genome').focus()")
        browser.type("+")
        browser.wait("the keys zoom", lambda: int(browser.data("canvas.genome", "span")) < 0.6 * whole)
        nearer = int(browser.data("canvas.genome", "span"))
        browser.wheel("canvas.genome", -300)
        browser.wait("the wheel zooms", lambda: int(browser.data("canvas.genome", "span")) < nearer)
        browser.type("0", "]")
        browser.wait("a feature is told", lambda: "type" in browser.texts(".details dt"))
        self.assertEqual(browser.pictures("genome"), [], "nothing sticks out of the window")

    def test_a_jump_beyond_the_sequence_is_answered_with_a_sentence(self):
        browser = self.browser
        self.start(GENOME, kind="genome")
        browser.wait("a sequence", lambda: browser.data("canvas.genome", "span") not in (None, "1000"), 120)
        browser.type("/")
        browser.type("999,999,999", Keys.ENTER)
        browser.wait("the sentence", lambda: any("beyond its end" in text for text in browser.texts(".notice")))

    def test_a_file_of_the_browser_is_uploaded_and_its_stream_stopped_with_the_keyboard(self):
        browser = self.browser
        self.start("", kind="genome", source="upload")
        browser.one(".upload input[type=file]").send_keys(GENOME)
        browser.script("document.querySelector('.upload button').focus()")
        browser.type(Keys.ENTER)
        browser.wait("it is taken", lambda: any("taken" in text for text in browser.texts(".upload [role=status]")))
        label = lambda: browser.one("canvas.genome").get_attribute("aria-label")
        browser.wait("features of it", lambda: "features" in label() and " 0 features" not in label(), 120)
        browser.wait("it waits for more", lambda: browser.texts("[data-role=state]") == ["waiting"])
        browser.script("document.activeElement.blur()")
        browser.type("s")
        browser.wait("it is asked", lambda: browser.texts("dialog[open] h2"))
        browser.type(Keys.ENTER)
        browser.wait("it is stopped", lambda: browser.texts("[data-role=state]") == ["stopped"])
        browser.type("s")
        browser.wait("it is forgotten", lambda: browser.script("return location.hash") == "#/")

    def test_a_job_is_started_by_the_form_and_followed_to_its_end(self):
        browser = self.browser
        browser.script("document.activeElement.blur()")
        browser.type("n")
        browser.wait("the form opens", lambda: browser.script("return document.querySelector('dialog.start').open"))
        self.assertEqual(browser.pictures("form"), [], "nothing sticks out of the window")
        for label, value in (("What", "job"), ("Kind", "genome")):
            browser.script(CHOOSE, label, value)
        self.assertIn("motifs", browser.script(FIELD + "return [...field('Task').options].map((each) => each.value)"))
        for label, text in (("Inputs", GENOME), ("Output", os.path.join(self.daemon.folder, "genes.gff3"))):
            browser.script(FIELD + "field(arguments[0]).focus()", label)
            browser.type(text)
        browser.type(Keys.ENTER)
        browser.wait("the job is done: " + str(browser.texts("dialog.start .notice")),
                     lambda: browser.texts("main .state") == ["done"], 120)
        browser.wait("what it says", lambda: any("heddle genome: wall" in text for text in browser.texts(".said li")))
        self.assertTrue(os.path.getsize(os.path.join(self.daemon.folder, "genes.gff3")))
        self.assertEqual(browser.pictures("job"), [], "nothing sticks out of the window")

    def test_a_wrong_input_is_told_in_the_form(self):
        browser = self.browser
        browser.type("n", "/no/such/file", Keys.ENTER)
        browser.wait("a sentence", lambda: any(browser.texts("dialog.start .notice")))
        # The refusal itself is no error of the page, but Chromium writes every 4xx to its console.
        self.assertTrue(all("/v1/streams" in text for text in browser.console()))

    def test_every_control_of_the_overview_is_reached_by_tab_and_shows_its_focus(self):
        browser = self.browser
        browser.open(self.daemon.url + "/#/")
        browser.wait("the overview", lambda: browser.texts("h1") == ["Overview"])
        browser.script("document.activeElement.blur()")
        told = []
        for _ in range(40):
            browser.type(Keys.TAB)
            focus = browser.script(FOCUS)
            if told and focus["what"] == told[0]["what"]:
                break
            told.append(focus)
        names = [focus["what"] for focus in told]
        self.assertIn("Skip to the content", names[0])
        for control in ("Heddle", "Start a stream", "Switch between light and dark", "Keyboard shortcuts"):
            self.assertTrue(any(control in name for name in names), f"{control} in {names}")
        hidden = [focus["what"] for focus in told if not focus["seen"] and focus["what"][:4] != "BODY"]
        self.assertEqual([name for name in hidden if "Heddle —" not in name and len(name) < 200], [])

    def test_the_overview_scrolls_only_where_there_is_more(self):
        browser = self.browser
        self.start(CLIP, options="realtime = true")
        self.fresh_page()
        self.start("http://127.0.0.1:9/none.mp4")
        browser.open(self.daemon.url + "/#/")
        browser.wait("the streams", lambda: len(browser.texts("tbody tr")) >= 2)
        self.assertEqual(browser.pictures("overview"), [], "nothing sticks out of the window")
        for width in (768, 1400):
            browser.size(width, 900)
            self.assertEqual(browser.script(SIDEWAYS), [], f"what scrolls sideways at {width}")
        browser.size(1400, 900)

    def test_the_list_of_errors_holds_errors_and_no_states(self):
        browser = self.browser
        self.start("http://127.0.0.1:9/none.mp4")
        browser.wait("an error", lambda: "error" in browser.texts(".log .kind"))
        self.assertNotIn("state", browser.texts(".log .kind"))
        self.assertEqual(browser.pictures("trouble"), [], "nothing sticks out of the window")
        browser.wait("when it is tried again",
                     lambda: browser.texts("[data-role=state]")[0].startswith("retrying"))

    def test_shortcuts_are_listed_by_a_question_mark_and_closed_by_escape(self):
        browser = self.browser
        browser.type("?")
        browser.wait("the list", lambda: "Keyboard" in browser.texts("dialog[open] h2"))
        browser.type(Keys.ESCAPE)
        browser.wait("it is gone", lambda: not browser.texts("dialog[open] h2"))

    def test_the_theme_is_switched_and_kept(self):
        browser = self.browser
        ground = "return getComputedStyle(document.body).backgroundColor"
        before = browser.script(ground)
        browser.type("t")
        self.assertNotEqual(browser.script(ground), before)
        after = browser.script(ground)
        browser.open(self.daemon.url + "/?again")
        self.assertEqual(browser.script(ground), after)
        browser.type("t")


class Token(unittest.TestCase):
    def test_a_daemon_with_a_token_asks_for_it_once_and_a_wrong_one_is_refused(self):
        daemon = Daemon(token="open-sesame-0123456789abcdef")
        browser = Browser()
        try:
            browser.open(daemon.url + "/")
            browser.wait("it asks", lambda: any("token" in text for text in browser.texts("dialog[open] h2")))
            browser.type("wrong", Keys.ENTER)
            browser.wait("it refuses", lambda: "That token was refused." in browser.texts("dialog[open] .notice"))
            browser.type("open-sesame-0123456789abcdef", Keys.ENTER)
            browser.wait("it lets in", lambda: browser.texts("#connection") == ["connected"])
            self.assertEqual(browser.texts("dialog[open] h2"), [])
        finally:
            browser.close()
            daemon.close()


class Restart(unittest.TestCase):
    def test_the_page_finds_a_daemon_that_was_away(self):
        daemon = Daemon()
        browser = Browser()
        try:
            browser.open(daemon.url + "/")
            browser.wait("connected", lambda: browser.texts("#connection") == ["connected"])
            port = daemon.port
            self.assertEqual(daemon.close(), 0)
            browser.wait("it says so", lambda: "not reached" in browser.texts("#connection")[0])
            daemon = Daemon(port=port)
            browser.wait("connected again", lambda: browser.texts("#connection") == ["connected"])
        finally:
            browser.close()
            daemon.close()


if __name__ == "__main__":
    unittest.main()
