// expect: cannot convert value of type 'JobInput<String>' to expected argument type 'JobInput<Int>'
import Roost

@Job func resize(width: Int) {}

func use(text: JobInput<String>) {
    _ = $resize.with(width: text)
}
