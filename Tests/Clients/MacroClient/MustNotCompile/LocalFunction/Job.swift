// expect: a local declaration cannot be a job, since no worker could reach it; move it out of the function
import Roost

func outer() {
    @Job func inner(id: Int) {}
}
