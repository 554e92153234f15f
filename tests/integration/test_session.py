from tests.integration.playing import Player
def test_x(play: Player):
    run = play("""
    - name: open
      gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
    - name: again
      gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
    - name: tokens
      gatehouse.api.session: {name: mail, return_tokens: true}
      register: t
    - name: fails
      gatehouse.api.session: {name: maix}
      ignore_errors: true
    """, "--diff")
    print(run.output)
    for r in run.results: print(r)
    print(run.stats)
    assert run.changed("open", "again") == {"open": True, "again": False}
