// expect: incorrect argument label in call (have 'id:', expected 'commentID:')
// expect: cannot convert value of type 'String' to expected argument type 'Int'
import Roost

@Job func check(commentID: Int) {}

let mislabelled = $check(id: 1)
let mistyped = $check(commentID: "1")
